/* How the values of a step's last level are used up, a word at a time. Private to this folder. */
#pragma once
#include "walk_inner.h"

/* Of one report. */
typedef struct {
    const uint64_t *rand; /* a verification randomness element a node */
    uint64_t *sums;
    uint64_t payload_cw[2];
    u128 data;
    f64_wide data2, auth;
} walk_sketch;

static inline walk_sketch sketch_start(const walk_inner_block *b, size_t i) {
    walk_sketch sketch;
    memset(&sketch, 0, sizeof sketch);
    memcpy(sketch.payload_cw, b->payload_cw + 16 * (size_t)b->reports[i], 16);
    sketch.rand = b->verify_rand + (size_t)b->levels[b->level_count - 1].count * i;
    sketch.sums = b->sums;
    return sketch;
}

/* Takes the value (v0, v1) of node j, control bit t: corrects, sums, sketches. */
static inline void sketch_take(walk_sketch *k, uint32_t j, uint64_t v0, uint64_t v1, uint64_t t) {
    uint64_t mask = populus_mask(t);
    uint64_t data = f64_add_loose(v0, k->payload_cw[0] & mask);
    uint64_t auth = f64_add_loose(v1, k->payload_cw[1] & mask);
    uint64_t r = k->rand[j];
    k->sums[2 * j] += data & E64;
    k->sums[2 * j + 1] += data >> 32;
    uint64_t dr = f64_mul(data, r);
    k->data += dr;
    f64_wide_add(&k->data2, (u128)dr * r);
    f64_wide_add(&k->auth, (u128)auth * r);
}

static inline void sketch_finish(const walk_sketch *k, const walk_inner_block *b, size_t i) {
    uint64_t share[3] = {f64_canonical(f64_reduce(k->data)), f64_wide_reduce(k->data2), f64_wide_reduce(k->auth)};
    walk_write_share(b, i, share);
}
