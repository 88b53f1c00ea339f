#include "walk_inner.h"

#include "aes_sliced.h"
#include "walk_sketch.h"

/* sigma(lo, hi) = (hi, hi ^ lo), on 16 bytes. */
static void sigma(const uint8_t in[16], uint8_t out[16]) {
    uint64_t lo = load64(in), hi = load64(in + 8);
    store64(out, hi);
    store64(out + 8, hi ^ lo);
}

void walk_redraw(walk_hash hash, void *key, const uint8_t seed[16], uint64_t bound, uint64_t value[2]) {
    int have = 0;
    for (uint64_t block = 1; have < 2; block++) {
        uint8_t x[16];
        memcpy(x, seed, 16);
        store64(x, load64(x) ^ block);
        sigma(x, x);
        hash(key, x, 1);
        for (int half = 0; half < 16 && have < 2; half += 8)
            if (load64(x + half) < bound) value[have++] = load64(x + half);
    }
}

/* The portable path: AES in plain C, GROUP nodes at a time. */
#define GROUP 32

typedef struct {
    aes_slices extend, convert;
} portable_keys;

static void hash_portable(void *key, uint8_t *blocks, size_t count) {
    aes_block x[4] = {{0, 0}};
    for (size_t i = 0; i < count; i += 4) {
        size_t n = count - i < 4 ? count - i : 4;
        memcpy(x, blocks + 16 * i, 16 * n);
        aes_sliced_hash(key, x);
        memcpy(blocks + 16 * i, x, 16 * n);
    }
}

static void group_portable(const walk_inner_block *b, portable_keys *keys, const walk_task *task, walk_sketch *sketch,
                           uint32_t first, uint32_t count) {
    const walk_level *level = task->level;
    const uint8_t *in_ctrl = task->in + 16 * (size_t)task->in_count;
    uint8_t blocks[16 * GROUP], converted[16 * GROUP], seeds[16 * GROUP], ctrl[GROUP];
    for (uint32_t j = 0; j < count; j++) {
        uint8_t x[16];
        memcpy(x, task->in + 16 * (size_t)level->parents[first + j], 16);
        x[0] ^= level->bits[first + j];
        sigma(x, blocks + 16 * j);
    }
    hash_portable(&keys->extend, blocks, count);
    uint64_t cw0 = load64(task->seed_cw), cw1 = load64(task->seed_cw + 8);
    for (uint32_t j = 0; j < count; j++) {
        uint64_t parent = in_ctrl[level->parents[first + j]], mask = -parent;
        uint64_t lo = load64(blocks + 16 * j), hi = load64(blocks + 16 * j + 8);
        ctrl[j] = (uint8_t)((lo & 1) ^ (task->ctrl_cw >> level->bits[first + j] & 1 & parent));
        store64(seeds + 16 * j, (lo & ~1ULL) ^ (cw0 & mask));
        store64(seeds + 16 * j + 8, hi ^ (cw1 & mask));
        /* Block 0 is the next seed, block 1 the value. */
        uint8_t x[16];
        memcpy(x, seeds + 16 * j, 16);
        x[0] ^= sketch != NULL;
        sigma(x, converted + 16 * j);
    }
    hash_portable(&keys->convert, converted, count);
    if (!sketch) {
        memcpy(task->out + 16 * (size_t)first, converted, 16 * (size_t)count);
        memcpy(task->out + 16 * (size_t)level->count + first, ctrl, count);
        return;
    }
    for (uint32_t j = 0; j < count; j++) {
        const uint8_t *block = converted + 16 * j;
        uint64_t value[2] = {load64(block), load64(block + 8)};
        if ((value[0] >= b->bound) | (value[1] >= b->bound))
            walk_redraw(hash_portable, &keys->convert, seeds + 16 * j, b->bound, value);
        sketch_take(sketch, first + j, value[0], value[1], ctrl[j]);
    }
}

static void expand_portable(const uint8_t *key, aes_slices *slices) {
    populus_aes128_schedule schedule;
    populus_aes128_expand_portable(&schedule, key);
    aes_slices_of(&schedule, slices);
}

static void report_portable(const walk_inner_block *b, size_t i, walk_sketch *sketch) {
    size_t column = b->reports[i];
    portable_keys keys;
    expand_portable(b->extend_keys + 16 * column, &keys.extend);
    expand_portable(b->convert_keys + 16 * column, &keys.convert);
    for (uint32_t l = 0; l < b->level_count; l++) {
        walk_task task = walk_task_for(b, i, l);
        walk_sketch *wanted = l + 1 == b->level_count ? sketch : NULL;
        for (uint32_t first = 0; first < task.level->count; first += GROUP) {
            uint32_t rest = task.level->count - first;
            group_portable(b, &keys, &task, wanted, first, rest < GROUP ? rest : GROUP);
        }
    }
}

static void inner_portable(const walk_inner_block *b) {
    for (size_t i = 0; i < b->report_count; i++) {
        if (!b->payload_cw) {
            report_portable(b, i, NULL);
            continue;
        }
        walk_sketch sketch = sketch_start(b, i);
        report_portable(b, i, &sketch);
        sketch_finish(&sketch, b, i);
    }
}

void walk_inner(const walk_inner_block *b) {
#if defined(__x86_64__)
    switch (b->isa) {
    case WALK_PORTABLE: break;
    case WALK_AESNI: walk_inner_aesni(b); return;
    case WALK_AESNI_AVX2: walk_inner_avx2(b); return;
    case WALK_VAES: walk_inner_vaes(b); return;
    case WALK_AVX512: walk_inner_avx512(b); return;
    }
#elif defined(__aarch64__)
    if (b->isa == WALK_NEON || b->isa == WALK_NEON_SHA3) {
        walk_inner_neon(b);
        return;
    }
#endif
    inner_portable(b);
}

void walk_inner_sums(const uint64_t *sums, size_t count, uint32_t aggregator, uint64_t *out) {
    for (size_t j = 0; j < count; j++) {
        uint64_t sum = f64_canonical(f64_reduce(((u128)sums[2 * j + 1] << 32) + sums[2 * j]));
        out[j] = aggregator ? f64_neg(sum) : sum;
    }
}
