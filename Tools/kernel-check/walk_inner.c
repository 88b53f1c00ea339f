#include "check.h"
#include "tree.h"

static int value(const check_path *path) { return path->walk; }

typedef struct {
    uint32_t nodes, levels, aggregator;
    size_t reports;
    uint64_t bound;
    bool values, output;
} scenario;

/* Elements of Field64 in the form in which columns hold them. */
static uint64_t *make_elements(size_t count) {
    uint64_t *elements = make_bytes(8 * count);
    for (size_t i = 0; i < count; i++)
        if (elements[i] >= WALK_FIELD64_MODULUS || elements[i] % 16 == 0)
            elements[i] = WALK_FIELD64_MODULUS - 1 - i % 3;
    return elements;
}

static void run(int path, const scenario *wanted) {
    scenario s = *wanted;
    report_set reports = make_reports(s.reports);
    tree t = make_tree(s.levels, s.nodes, reports.columns);
    s.nodes = t.levels[s.levels - 1].count;
    make_rows(&reports, t.parent_count);
    uint8_t *extend = make_bytes(16 * reports.columns), *convert = make_bytes(16 * reports.columns);
    uint64_t *payloads = make_elements(2 * reports.columns), *rand = make_elements(s.nodes * s.reports);
    uint64_t *abc = make_elements(3 * s.reports), *sums = make_bytes(16 * (size_t)s.nodes);
    for (uint32_t j = 0; j < 2 * s.nodes; j++) sums[j] >>= 16;
    /* Candidates leave no nodes: where their values are wanted it is a level above, if there is one. */
    uint32_t with_nodes = t.level_count - s.values;
    bool output_wanted = s.output && with_nodes > 0;
    uint32_t output_level = output_wanted ? (uint32_t)random_below(with_nodes) : 0;
    size_t output_stride = row_size(t.levels[output_level].count) + random_below(2) * 16;
    uint8_t *output = make_filled(output_wanted ? output_stride * s.reports : 0, 3);
    walk_inner_block block = {
        .isa = path, .aggregator = s.aggregator, .bound = s.bound,
        .levels = t.levels, .level_count = t.level_count, .parent_count = t.parent_count,
        .reports = reports.reports, .report_count = s.reports, .extend_keys = extend, .convert_keys = convert,
        .input = reports.input,
        .scratch = make_filled(2 * row_size(t.widest), 1), .scratch_stride = row_size(t.widest),
        .output = output_wanted ? output : NULL, .output_stride = output_stride, .output_level = output_level,
        .payload_cw = s.values ? (uint8_t *)payloads : NULL, .verify_rand = rand, .abc = abc, .sums = sums,
        .verifier_shares = make_filled(s.values ? 24 * s.reports : 0, 1),
    };
    walk_inner(&block);
    uint64_t *canonical = make_filled(8 * (size_t)s.nodes, 1);
    walk_inner_sums(sums, s.nodes, s.aggregator, canonical);
    take_output(block.output, output_wanted ? block.output_stride * s.reports : 0);
    /* The running sums may differ by a multiple of the modulus. */
    take_output(canonical, 8 * (size_t)s.nodes);
    take_output(block.verifier_shares, s.values ? 24 * s.reports : 0);
    discard(block.scratch), discard(output), discard(canonical), discard(block.verifier_shares);
    discard(extend), discard(convert), discard(payloads), discard(rand), discard(abc), discard(sums);
    discard_tree(t);
    discard_reports(reports);
}

static void run_nodes(int path, bool values, uint64_t bound) {
    /* Nodes around the groups of 4, 8, 16 and 32 and the tiles of 64. */
    for (uint32_t nodes = 1; nodes <= 200; nodes += nodes < 70 || nodes == 127 || nodes == 128 ? 1 : 19)
        for (uint32_t levels = 1; levels <= (nodes > 70 ? 2 : 3); levels++) {
            scenario s = {nodes, levels, random_below(2), 1 + random_below(3), bound, values, random_below(3) != 0};
            if (!values) s.output = true;
            run(path, &s);
        }
    /* Reports around the lanes of paths that take several reports at a time. */
    for (size_t reports = 0; reports <= 33; reports++) {
        uint32_t nodes = 1 + random_below(40), levels = 1 + random_below(TREE_LEVELS);
        for (uint32_t aggregator = 0; aggregator < 2; aggregator++) {
            scenario s = {nodes, levels, aggregator, reports, bound, values, true};
            run(path, &s);
        }
    }
}

static void run_nodes_only(int path) { run_nodes(path, false, WALK_FIELD64_MODULUS); }
static void run_values(int path) { run_nodes(path, true, WALK_FIELD64_MODULUS); }
/* One value of eight and three of four are drawn again. */
static void run_redraws(int path) {
    run_nodes(path, true, 0xf000000000000000);
    run_nodes(path, true, 0x8000000000000000);
}

void check_walk_inner(void) {
    check_kernel("walk_inner, nodes", value, run_nodes_only);
    check_kernel("walk_inner, values", value, run_values);
    check_kernel("walk_inner, redraws", value, run_redraws);
}
