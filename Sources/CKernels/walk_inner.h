/* What the paths of the inner levels share. Private to this folder. */
#pragma once
#include "include/walk.h"
#include "walk_keccak.h"

/* How the values of a step's last level are used up, for one report. */
typedef struct {
    const uint64_t *rand; /* a verification randomness element a node */
    uint64_t *sums;
    uint64_t payload_cw[2];
    uint64_t bound;
    u128 data;
    f64_wide data2, auth;
} walk_sketch;

/* One report at one level. `sketch` is NULL where only the nodes are wanted; then value blocks are not computed. */
typedef struct {
    const walk_level *level;
    const uint8_t *seed_cw;
    uint8_t ctrl_cw;
    const uint8_t *in;
    uint32_t in_count;
    uint8_t *out;
    walk_sketch *sketch;
} walk_task;

/* Takes the value (v0, v1) of node j, control bit t: corrects, sums, sketches. */
static inline void sketch_take(walk_sketch *k, uint32_t j, uint64_t v0, uint64_t v1, uint64_t t) {
    uint64_t mask = -t;
    uint64_t data = f64_add_loose(v0, k->payload_cw[0] & mask);
    uint64_t auth = f64_add_loose(v1, k->payload_cw[1] & mask);
    uint64_t r = k->rand[j];
    uint64_t low = k->sums[2 * j] + data;
    k->sums[2 * j] = low;
    k->sums[2 * j + 1] += low < data;
    uint64_t dr = f64_mul(data, r);
    k->data += dr;
    f64_wide_add(&k->data2, (u128)dr * r);
    f64_wide_add(&k->auth, (u128)auth * r);
}

/* Hashes blocks (each already sigma'd) in place: AES(x) ^ x; returns 0 or -1. `key` is the path's own. */
typedef int (*walk_hash)(void *key, uint8_t *blocks, size_t count);

/* Redraws the value of one node from its convert seed: for a block 1 with an element not below the bound. */
int walk_redraw(walk_hash hash, void *key, const uint8_t seed[16], uint64_t bound, uint64_t value[2]);

/* The AES-NI path, compiled for its instruction set. */
int walk_has_aesni_build(void);
void walk_inner_report_aesni(const walk_inner_block *b, size_t i, walk_sketch *sketch);
void walk_inner_report_aesni_avx2(const walk_inner_block *b, size_t i, walk_sketch *sketch);

/* The node input of report i's level `l`, and where its output goes. */
static inline walk_task walk_task_for(const walk_inner_block *b, size_t i, uint32_t l, walk_sketch *sketch) {
    const walk_level *level = &b->levels[l];
    size_t column = b->reports[i];
    int last = l + 1 == b->level_count;
    walk_task task;
    task.level = level;
    task.seed_cw = level->seed_cw + 16 * column;
    task.ctrl_cw = level->ctrl_cw[column];
    task.in = l == 0 ? b->input.rows + b->input.stride * b->input.row_of[i] : b->scratch + b->scratch_stride * ((l + 1) & 1);
    task.in_count = l == 0 ? b->parent_count : b->levels[l - 1].count;
    task.out = last && b->output ? b->output + b->output_stride * i : b->scratch + b->scratch_stride * (l & 1);
    task.sketch = last ? sketch : NULL;
    return task;
}
