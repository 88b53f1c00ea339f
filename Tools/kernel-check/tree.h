/* Levels of a tree, and rows of nodes, for the checks of the walk. */
#pragma once
#include "check.h"

#define TREE_LEVELS 4

typedef struct {
    uint32_t level_count, parent_count, widest;
    walk_level levels[TREE_LEVELS];
    size_t columns; /* entries in the columns of correction words */
} tree;

/*
 * `level_count` levels below `parent_count` nodes, the last one of `count` nodes where there is room for them; distinct nodes
 * in order, siblings often side by side. `columns` correction words a level.
 */
tree make_tree(uint32_t level_count, uint32_t count, size_t columns);
void discard_tree(tree tree);

/* Bytes of a row: seeds, then control bits. */
static inline size_t row_size(uint32_t count) { return 17 * (size_t)count; }

typedef struct {
    uint8_t *rows;
    uint32_t *row_of;
    uint32_t *reports; /* ascending, with gaps */
    size_t count, columns;
    walk_input_nodes input;
} report_set;

report_set make_reports(size_t count);
/* Makes the reports' rows, of `parent_count` nodes, in another order than the reports'. */
void make_rows(report_set *reports, uint32_t parent_count);
void discard_reports(report_set reports);
