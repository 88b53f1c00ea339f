#include <stdlib.h>

#include "check.h"
#include "tree.h"

static int value(const check_path *path) { return path->walk; }

typedef struct {
    uint32_t nodes, levels, aggregator;
    size_t reports;
    uint64_t bound;
    bool values, output;
} scenario;

/* What a path computes of one block. */
typedef struct {
    uint8_t *scratch, *output;
    uint64_t *sums, *canonical, *shares;
} results;

static results evaluate(int isa, walk_inner_block block, const scenario *s, const uint64_t *first_sums, uint8_t fill) {
    results r;
    size_t row = block.output_stride;
    r.scratch = make_filled(2 * block.scratch_stride, fill);
    r.output = make_filled(s->output ? row * s->reports : 0, 3);
    r.sums = make_filled(16 * (size_t)s->nodes, fill);
    memcpy(r.sums, first_sums, 16 * (size_t)s->nodes);
    r.canonical = make_filled(8 * (size_t)s->nodes, fill);
    r.shares = make_filled(s->values ? 24 * s->reports : 0, fill);
    block.isa = isa;
    block.scratch = r.scratch;
    block.output = s->output ? r.output : NULL;
    block.sums = r.sums;
    block.verifier_shares = r.shares;
    block.extend_cipher = walk_cipher_create();
    block.convert_cipher = walk_cipher_create();
    if (!block.extend_cipher || !block.convert_cipher) abort();
    expect(walk_inner(&block) == 0);
    walk_cipher_free(block.extend_cipher);
    walk_cipher_free(block.convert_cipher);
    walk_inner_sums(r.sums, s->nodes, s->aggregator, r.canonical);
    return r;
}

static void discard_results(results r) {
    discard(r.scratch), discard(r.output), discard(r.sums), discard(r.canonical), discard(r.shares);
}

/* Elements of Field64 in the form in which columns hold them. */
static uint64_t *make_elements(size_t count) {
    uint64_t *elements = make_bytes(8 * count);
    for (size_t i = 0; i < count; i++)
        if (elements[i] >= WALK_FIELD64_MODULUS || elements[i] % 16 == 0)
            elements[i] = WALK_FIELD64_MODULUS - 1 - i % 3;
    return elements;
}

static void run(int reference, int path, const scenario *wanted) {
    scenario s = *wanted;
    report_set reports = make_reports(s.reports);
    tree t = make_tree(s.levels, s.nodes, reports.columns);
    s.nodes = t.levels[s.levels - 1].count;
    make_rows(&reports, t.parent_count);
    uint8_t *extend = make_bytes(16 * reports.columns), *convert = make_bytes(16 * reports.columns);
    uint64_t *payloads = make_elements(2 * reports.columns), *rand = make_elements(s.nodes * s.reports);
    uint64_t *abc = make_elements(3 * s.reports), *sums = make_bytes(16 * (size_t)s.nodes);
    for (uint32_t j = 0; j < 2 * s.nodes; j++) sums[j] >>= 16;
    walk_inner_block block = {
        .aggregator = s.aggregator, .bound = s.bound, .levels = t.levels, .level_count = t.level_count,
        .parent_count = t.parent_count, .reports = reports.reports, .report_count = s.reports, .extend_keys = extend,
        .convert_keys = convert, .input = reports.input, .scratch_stride = row_size(t.widest),
        .output_stride = row_size(s.nodes) + random_below(2) * 16, .payload_cw = s.values ? (uint8_t *)payloads : NULL,
        .verify_rand = rand, .abc = abc,
    };
    results expected = evaluate(reference, block, &s, sums, 1), result = evaluate(path, block, &s, sums, 2);
    expect_equal(expected.output, result.output, s.output ? block.output_stride * s.reports : 0);
    /* The running sums may differ by a multiple of the modulus. */
    expect_equal(expected.canonical, result.canonical, 8 * (size_t)s.nodes);
    expect_equal(expected.shares, result.shares, s.values ? 24 * s.reports : 0);
    discard_results(expected), discard_results(result);
    discard(extend), discard(convert), discard(payloads), discard(rand), discard(abc), discard(sums);
    discard_tree(t);
    discard_reports(reports);
}

static void run_nodes(int reference, int path, bool values, uint64_t bound) {
    /* Nodes around the groups of 4, 8, 16 and 32 and the tiles of 64. */
    for (uint32_t nodes = 1; nodes <= 200; nodes += nodes < 70 || nodes == 127 || nodes == 128 ? 1 : 19)
        for (uint32_t levels = 1; levels <= (nodes > 70 ? 2 : 3); levels++) {
            scenario s = {nodes, levels, random_below(2), 1 + random_below(3), bound, values, random_below(3) != 0};
            if (!values) s.output = true;
            run(reference, path, &s);
        }
    /* Reports around the lanes of paths that take several reports at a time. */
    for (size_t reports = 0; reports <= 33; reports++) {
        uint32_t nodes = 1 + random_below(40), levels = 1 + random_below(TREE_LEVELS);
        for (uint32_t aggregator = 0; aggregator < 2; aggregator++) {
            scenario s = {nodes, levels, aggregator, reports, bound, values, true};
            run(reference, path, &s);
        }
    }
}

static void run_nodes_only(int reference, int path) { run_nodes(reference, path, false, WALK_FIELD64_MODULUS); }
static void run_values(int reference, int path) { run_nodes(reference, path, true, WALK_FIELD64_MODULUS); }
/* One value of eight and three of four are drawn again. */
static void run_redraws(int reference, int path) {
    run_nodes(reference, path, true, 0xf000000000000000);
    run_nodes(reference, path, true, 0x8000000000000000);
}

void check_walk_inner(void) {
    check_kernel("walk_inner, nodes", value, run_nodes_only);
    check_kernel("walk_inner, values", value, run_values);
    check_kernel("walk_inner, redraws", value, run_redraws);
}
