#include "neon_aes.h"
#include "walk_inner.h"
#include "walk_sketch.h"

/* The inner levels with the AES instructions of ARMv8: the same in structure as the x86 paths. */
#if defined(__aarch64__)

/* Nodes between two turns of arithmetic; a multiple of NEON_LANES. */
#define TILE 64

typedef struct {
    neon_schedule extend, convert;
    uint8x16_t correction[2]; /* the seed's correction word, its lowest bit replaced by the child's control bit's */
    uint8x16_t lowest;        /* the seed's correction word's lowest bit, which an honest client leaves zero */
} report_keys;

/* The convert seeds, sigma'd, of `count` nodes from `first` on, and their control bits; count at most NEON_LANES. */
NEON_INLINE void next_seeds(const report_keys *keys, const walk_task *task, uint32_t first, uint32_t count,
                            uint8x16_t x[NEON_LANES], uint8_t ctrl[NEON_LANES]) {
    const walk_level *level = task->level;
    const uint8_t *in_ctrl = task->in + 16 * (size_t)task->in_count;
    const uint8x16_t one = neon_words(1, 0);
    uint8x16_t mask[NEON_LANES];
    uint32_t bit[NEON_LANES];
    NEON_UNROLL for (uint32_t j = 0; j < NEON_LANES; j++) {
        uint32_t node = j < count ? first + j : first;
        uint32_t parent = level->parents[node];
        bit[j] = level->bits[node];
        mask[j] = vreinterpretq_u8_u64(vdupq_n_u64(-(uint64_t)in_ctrl[parent]));
        x[j] = neon_sigma(veorq_u8(vld1q_u8(task->in + 16 * (size_t)parent), neon_words(bit[j], 0)));
    }
    neon_hash(keys->extend.k, x, NEON_LANES);
    NEON_UNROLL for (uint32_t j = 0; j < NEON_LANES; j++) {
        uint8x16_t corrected = veorq_u8(x[j], vandq_u8(mask[j], keys->correction[bit[j]]));
        ctrl[j] = vgetq_lane_u8(corrected, 0) & 1;
        x[j] = neon_sigma(veorq_u8(vbicq_u8(corrected, one), vandq_u8(mask[j], keys->lowest)));
    }
}

/* Nodes first ..< first + count (at most NEON_LANES; a full group has count == NEON_LANES as a constant). */
NEON_INLINE void group_nodes(const report_keys *keys, const walk_task *task, uint32_t first, uint32_t count) {
    uint8_t *out_ctrl = task->out + 16 * (size_t)task->level->count, ctrl[NEON_LANES];
    uint8x16_t x[NEON_LANES];
    next_seeds(keys, task, first, count, x, ctrl);
    neon_hash(keys->convert.k, x, NEON_LANES);
    for (uint32_t j = 0; j < count; j++) {
        vst1q_u8(task->out + 16 * (size_t)(first + j), x[j]);
        out_ctrl[first + j] = ctrl[j];
    }
}

/* The control bits, and the two words of the value, of each of NEON_LANES such nodes, which leave no seeds. */
NEON_INLINE void group_values(const report_keys *keys, const walk_task *task, uint32_t first, uint32_t count,
                              uint64_t *value, uint8_t ctrl[NEON_LANES]) {
    uint8x16_t x[NEON_LANES];
    next_seeds(keys, task, first, count, x, ctrl);
    /* Block 1: sigma(seed ^ 1) = sigma(seed) ^ sigma(1), and sigma(1) = (0, 1). */
    const uint8x16_t second = neon_words(0, 1);
    NEON_UNROLL for (int j = 0; j < NEON_LANES; j++) x[j] = veorq_u8(x[j], second);
    neon_hash(keys->convert.k, x, NEON_LANES);
    NEON_UNROLL for (int j = 0; j < NEON_LANES; j++) vst1q_u8((uint8_t *)(value + 2 * j), x[j]);
}

NEON static void hash_one(void *key, uint8_t *blocks, size_t count) {
    const neon_schedule *schedule = key;
    for (size_t i = 0; i < count; i++) {
        uint8x16_t x = vld1q_u8(blocks + 16 * i);
        neon_hash(schedule->k, &x, 1);
        vst1q_u8(blocks + 16 * i, x);
    }
}

/* The value of one node, redrawn. */
NEON static __attribute__((noinline)) void redraw(report_keys *keys, const walk_task *task, uint32_t node,
                                                  uint64_t bound, uint64_t *value) {
    uint8x16_t x[NEON_LANES];
    uint8_t ctrl[NEON_LANES], seed[16];
    next_seeds(keys, task, node, 1, x, ctrl);
    /* Back from sigma: (hi, hi ^ lo) to (lo, hi). */
    uint8x16_t high = vextq_u8(x[0], x[0], 8);
    vst1q_u8(seed, veorq_u8(high, vandq_u8(x[0], neon_words(~0ULL, 0))));
    walk_redraw(hash_one, &keys->convert, seed, bound, value);
}

NEON static void level_nodes(const report_keys *keys, const walk_task *task) {
    uint32_t count = task->level->count, full = count & ~(uint32_t)(NEON_LANES - 1);
    for (uint32_t first = 0; first < full; first += NEON_LANES) group_nodes(keys, task, first, NEON_LANES);
    if (full < count) group_nodes(keys, task, full, count - full);
}

/* The AES of some groups, then the arithmetic on their values: each loop has the registers to itself. */
NEON static void level_values(report_keys *keys, const walk_task *task, uint64_t bound, walk_sketch *wanted) {
    uint64_t values[2 * TILE];
    uint8_t ctrl[TILE];
    uint32_t count = task->level->count;
    walk_sketch sketch = *wanted;
    for (uint32_t first = 0; first < count; first += TILE) {
        uint32_t tile = count - first < TILE ? count - first : TILE, full = tile & ~(uint32_t)(NEON_LANES - 1);
        for (uint32_t j = 0; j < full; j += NEON_LANES)
            group_values(keys, task, first + j, NEON_LANES, values + 2 * j, ctrl + j);
        if (full < tile) group_values(keys, task, first + full, tile - full, values + 2 * full, ctrl + full);
        for (uint32_t j = 0; j < tile; j++) {
            uint64_t *value = values + 2 * j;
            if (__builtin_expect((value[0] >= bound) | (value[1] >= bound), 0))
                redraw(keys, task, first + j, bound, value);
            sketch_take(&sketch, first + j, value[0], value[1], ctrl[j]);
        }
    }
    *wanted = sketch;
}

/* Evaluates report i; `sketch` is NULL where only the nodes are wanted. */
NEON static void evaluate_report(const walk_inner_block *b, size_t i, walk_sketch *sketch) {
    report_keys keys;
    size_t column = b->reports[i];
    neon_expand(b->extend_keys + 16 * column, &keys.extend);
    neon_expand(b->convert_keys + 16 * column, &keys.convert);
    const uint8x16_t one = neon_words(1, 0);
    for (uint32_t l = 0; l < b->level_count; l++) {
        walk_task task = walk_task_for(b, i, l);
        uint8x16_t cw = vld1q_u8(task.seed_cw);
        keys.lowest = vandq_u8(cw, one);
        cw = vbicq_u8(cw, one);
        keys.correction[0] = veorq_u8(cw, neon_words(task.ctrl_cw & 1, 0));
        keys.correction[1] = veorq_u8(cw, neon_words(task.ctrl_cw >> 1 & 1, 0));
        if (sketch && l + 1 == b->level_count)
            level_values(&keys, &task, b->bound, sketch);
        else
            level_nodes(&keys, &task);
    }
}

void walk_inner_neon(const walk_inner_block *b) {
    for (size_t i = 0; i < b->report_count; i++) {
        if (b->payload_cw) {
            walk_sketch sketch = sketch_start(b, i);
            evaluate_report(b, i, &sketch);
            sketch_finish(&sketch, b, i);
        } else {
            evaluate_report(b, i, NULL);
        }
    }
}
#endif
