#include "tree.h"

/* The nodes of one level, of `available` parents: at most `count`, and at least one. */
static uint32_t make_level(walk_level *level, uint32_t available, uint32_t count, size_t columns) {
    uint32_t room = 2 * available, n = 0;
    if (count > room) count = room;
    uint32_t *parents = make_bytes(4 * (size_t)count);
    uint8_t *bits = make_bytes(count);
    for (uint32_t child = 0; child < room && n < count; child++) {
        /* As many of the children left over as there are still to be chosen. */
        if (random_below(room - child) >= count - n) continue;
        parents[n] = child / 2;
        bits[n++] = child % 2;
    }
    uint8_t *ctrl = make_bytes(columns);
    for (size_t i = 0; i < columns; i++) ctrl[i] &= 3;
    *level = (walk_level){count, parents, bits, make_bytes(16 * columns), ctrl};
    return count;
}

tree make_tree(uint32_t level_count, uint32_t count, size_t columns) {
    tree t = {.level_count = level_count, .columns = columns};
    /* As narrow as the last level allows, or with many nodes that lead nowhere. */
    uint32_t slack = random_below(3), width[TREE_LEVELS + 1];
    width[level_count] = count;
    for (uint32_t l = level_count; l > 0; l--) {
        uint32_t least = (width[l] + 1) / 2;
        width[l - 1] = slack == 0 ? least : least + random_below(slack * least + 1);
    }
    t.parent_count = width[0];
    for (uint32_t l = 0; l < level_count; l++) {
        make_level(&t.levels[l], width[l], width[l + 1], columns);
        if (t.levels[l].count > t.widest) t.widest = t.levels[l].count;
    }
    return t;
}

void discard_tree(tree t) {
    for (uint32_t l = 0; l < t.level_count; l++) {
        discard((void *)t.levels[l].parents), discard((void *)t.levels[l].bits);
        discard((void *)t.levels[l].seed_cw), discard((void *)t.levels[l].ctrl_cw);
    }
}

report_set make_reports(size_t count) {
    report_set r = {.count = count, .reports = make_bytes(4 * count)};
    uint32_t position = random_below(3), gap = random_below(2) ? 4 : 1;
    for (size_t i = 0; i < count; i++) {
        r.reports[i] = position;
        position += 1 + random_below(gap);
    }
    r.columns = position;
    return r;
}

void make_rows(report_set *r, uint32_t parent_count) {
    size_t stride = (row_size(parent_count) + 7) / 8 * 8;
    r->rows = make_bytes(stride * (r->count + 2));
    for (size_t row = 0; row < r->count + 2; row++)
        for (size_t j = 0; j < parent_count; j++) r->rows[stride * row + 16 * (size_t)parent_count + j] &= 1;
    r->row_of = make_bytes(4 * r->count);
    for (size_t i = 0; i < r->count; i++) r->row_of[i] = random_below((uint32_t)r->count + 2);
    r->input = (walk_input_nodes){r->rows, stride, r->row_of};
}

void discard_reports(report_set r) { discard(r.rows), discard(r.row_of), discard(r.reports); }
