#include "check.h"
#include "tree.h"

static int value(const check_path *path) { return path->walk; }

/* Elements of 2^255 - 19, now and then the greatest one. */
static uint8_t *make_elements(size_t count) {
    uint8_t *elements = make_bytes(32 * count);
    for (size_t i = 0; i < count; i++) {
        uint8_t *element = elements + 32 * i;
        element[31] &= 0x3f;
        if (random_below(8)) continue;
        memset(element, 0xff, 32);
        element[0] = 0xec;
        element[31] = 0x7f;
    }
    return elements;
}

/* Some messages take more than one block of their sponge. */
static walk_message make_message(uint8_t *text) {
    size_t head = random_below(4) ? 20 + random_below(12) : 100 + random_below(80);
    return (walk_message){text, head, text + 32, random_below(20), text + 64, 60 + random_below(200)};
}

static void evaluate(int path, uint32_t nodes, size_t report_count, uint32_t aggregator) {
    report_set reports = make_reports(report_count);
    tree t = make_tree(1, nodes, reports.columns);
    nodes = t.levels[0].count;
    make_rows(&reports, t.parent_count);
    uint8_t *nonces = make_bytes(16 * reports.columns), *seeds = make_bytes(32 * reports.columns);
    uint8_t *payloads = make_elements(2 * reports.columns), *sums = make_elements(nodes), *text = make_bytes(400);
    walk_leaf_block block = {
        .isa = path, .aggregator = aggregator, .leaf = t.levels[0], .parent_count = t.parent_count, .reports = reports.reports,
        .report_count = report_count, .nonces = nonces, .corr_seeds = seeds, .payload_cw = payloads,
        .input = reports.input, .extend = make_message(text), .convert = make_message(text + 7),
        .correlated = make_message(text + 13), .verify_rand = make_message(text + 21), .sums = sums,
        .verifier_shares = make_filled(96 * report_count, 1),
    };
    walk_leaf(&block);
    take_output(sums, 32 * (size_t)nodes);
    take_output(block.verifier_shares, 96 * report_count);
    discard(block.verifier_shares);
    discard(nonces), discard(seeds), discard(payloads), discard(sums), discard(text);
    discard_tree(t);
    discard_reports(reports);
}

static void run(int path) {
    for (uint32_t nodes = 1; nodes <= 36; nodes++)
        evaluate(path, nodes, 1 + random_below(3), nodes & 1);
    for (size_t reports = 0; reports <= 17; reports++)
        for (uint32_t aggregator = 0; aggregator < 2; aggregator++)
            evaluate(path, 1 + random_below(11), reports, aggregator);
    /* More than what the lanes of a vector sum before they are reduced. */
    for (uint32_t aggregator = 0; aggregator < 2; aggregator++)
        evaluate(path, 300 + random_below(400), 9, aggregator);
}

void check_walk_leaf(void) { check_kernel("walk_leaf", value, run); }
