/* What the paths of the inner levels share. Private to this folder. */
#pragma once
#include "include/walk.h"
#include "walk_keccak.h"

/* One report at one level. */
typedef struct {
    const walk_level *level;
    const uint8_t *seed_cw;
    uint8_t ctrl_cw;
    const uint8_t *in;
    uint32_t in_count;
    uint8_t *out; /* not written where the level's values are wanted: candidates leave no nodes */
} walk_task;

/* Hashes blocks (each already sigma'd) in place: AES(x) ^ x. `key` is the path's own. */
typedef void (*walk_hash)(void *key, uint8_t *blocks, size_t count);

/* Redraws the value of one node from its convert seed: for a block 1 with an element not below the bound. */
void walk_redraw(walk_hash hash, void *key, const uint8_t seed[16], uint64_t bound, uint64_t value[2]);

/* The paths with AES instructions: the whole block. */
void walk_inner_aesni(const walk_inner_block *b);
void walk_inner_avx2(const walk_inner_block *b);
void walk_inner_vaes(const walk_inner_block *b);
void walk_inner_avx512(const walk_inner_block *b);
void walk_inner_neon(const walk_inner_block *b);

/* Where the nodes of report i's level `l` are. */
static inline uint8_t *walk_nodes_of(const walk_inner_block *b, size_t i, uint32_t l) {
    if (b->output && l == b->output_level) return b->output + b->output_stride * i;
    return b->scratch + b->scratch_stride * (l & 1);
}

/* The node input of report i's level `l`, and where its output goes. */
static inline walk_task walk_task_for(const walk_inner_block *b, size_t i, uint32_t l) {
    const walk_level *level = &b->levels[l];
    size_t column = b->reports[i];
    walk_task task;
    task.level = level;
    task.seed_cw = level->seed_cw + 16 * column;
    task.ctrl_cw = level->ctrl_cw[column];
    task.in = l == 0 ? b->input.rows + b->input.stride * b->input.row_of[i] : walk_nodes_of(b, i, l - 1);
    task.in_count = l == 0 ? b->parent_count : b->levels[l - 1].count;
    task.out = walk_nodes_of(b, i, l);
    return task;
}

/* Writes report i's verifier share from the sums of data, data * rand and authenticator, canonical elements. */
static inline void walk_write_share(const walk_inner_block *b, size_t i, const uint64_t share[3]) {
    for (int k = 0; k < 3; k++) {
        uint64_t term = b->aggregator ? f64_neg(share[k]) : share[k];
        b->verifier_shares[3 * i + k] = f64_add(term, b->abc[3 * i + k]);
    }
}
