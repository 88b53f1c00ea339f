#include "walk_inner.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AESNI __attribute__((target("aes,sse4.1")))
#define AESNI_INLINE AESNI static inline __attribute__((always_inline))
#define LANES 8

typedef struct { __m128i k[11]; } schedule;

#define EXPAND(i, rcon)                                                       \
    do {                                                                      \
        __m128i key = s->k[i - 1], word = _mm_aeskeygenassist_si128(key, rcon); \
        word = _mm_shuffle_epi32(word, 0xff);                                 \
        key = _mm_xor_si128(key, _mm_slli_si128(key, 4));                     \
        key = _mm_xor_si128(key, _mm_slli_si128(key, 8));                     \
        s->k[i] = _mm_xor_si128(key, word);                                   \
    } while (0)

AESNI static void expand(const uint8_t *key, schedule *s) {
    s->k[0] = _mm_loadu_si128((const __m128i *)key);
    EXPAND(1, 0x01); EXPAND(2, 0x02); EXPAND(3, 0x04); EXPAND(4, 0x08); EXPAND(5, 0x10);
    EXPAND(6, 0x20); EXPAND(7, 0x40); EXPAND(8, 0x80); EXPAND(9, 0x1b); EXPAND(10, 0x36);
}

/* x[i] = AES(x[i]) ^ x[i]. */
AESNI_INLINE void hash8(const schedule *s, __m128i x[LANES]) {
    __m128i y[LANES];
    for (int i = 0; i < LANES; i++) y[i] = _mm_xor_si128(x[i], s->k[0]);
    for (int round = 1; round < 10; round++) {
        __m128i k = s->k[round];
        for (int i = 0; i < LANES; i++) y[i] = _mm_aesenc_si128(y[i], k);
    }
    __m128i k = s->k[10];
    for (int i = 0; i < LANES; i++) x[i] = _mm_xor_si128(x[i], _mm_aesenclast_si128(y[i], k));
}

AESNI_INLINE __m128i sigma(__m128i x) {
    const __m128i high = _mm_set_epi64x(-1, 0);
    return _mm_xor_si128(_mm_shuffle_epi32(x, 0x4e), _mm_and_si128(x, high));
}

AESNI static int hash_one(void *key, uint8_t *blocks, size_t count) {
    const schedule *s = key;
    for (size_t i = 0; i < count; i++) {
        __m128i x = _mm_loadu_si128((const __m128i *)(blocks + 16 * i));
        __m128i y = _mm_xor_si128(x, s->k[0]);
        for (int round = 1; round < 10; round++) y = _mm_aesenc_si128(y, s->k[round]);
        y = _mm_aesenclast_si128(y, s->k[10]);
        _mm_storeu_si128((__m128i *)(blocks + 16 * i), _mm_xor_si128(x, y));
    }
    return 0;
}

typedef struct {
    schedule extend, convert;
    __m128i correction[2]; /* the seed's correction word, its lowest bit replaced by the child's control bit's */
    __m128i lowest;        /* the seed's correction word's lowest bit, which an honest client leaves zero */
} report_keys;

/* Nodes first ..< first + count (at most LANES; a full group has count == LANES as a constant). */
AESNI_INLINE void group(report_keys *keys, const walk_task *task, uint32_t first, uint32_t count, int want_values) {
    const walk_level *level = task->level;
    const uint8_t *in_ctrl = task->in + 16 * (size_t)task->in_count;
    uint8_t *out_ctrl = task->out + 16 * (size_t)level->count;
    __m128i x[LANES], seed[LANES];
    uint64_t ctrl[LANES];
    for (uint32_t j = 0; j < LANES; j++) {
        uint32_t node = j < count ? first + j : first;
        __m128i parent = _mm_loadu_si128((const __m128i *)(task->in + 16 * (size_t)level->parents[node]));
        x[j] = sigma(_mm_xor_si128(parent, _mm_cvtsi32_si128(level->bits[node])));
    }
    hash8(&keys->extend, x);
    const __m128i one = _mm_set_epi64x(0, 1);
    for (uint32_t j = 0; j < LANES; j++) {
        uint32_t node = j < count ? first + j : first;
        __m128i mask = _mm_set1_epi64x(-(long long)in_ctrl[level->parents[node]]);
        __m128i corrected = _mm_xor_si128(x[j], _mm_and_si128(mask, keys->correction[level->bits[node]]));
        ctrl[j] = (uint64_t)_mm_cvtsi128_si64(corrected) & 1;
        seed[j] = _mm_xor_si128(_mm_andnot_si128(one, corrected), _mm_and_si128(mask, keys->lowest));
        x[j] = sigma(seed[j]);
    }
    __m128i next[LANES];
    for (int j = 0; j < LANES; j++) next[j] = x[j];
    hash8(&keys->convert, next);
    for (uint32_t j = 0; j < count; j++) {
        _mm_storeu_si128((__m128i *)(task->out + 16 * (size_t)(first + j)), next[j]);
        out_ctrl[first + j] = (uint8_t)ctrl[j];
    }
    if (!want_values) return;
    /* Block 1: sigma(seed ^ 1) = sigma(seed) ^ sigma(1), and sigma(1) = (0, 1). */
    const __m128i second = _mm_set_epi64x(1, 0);
    for (int j = 0; j < LANES; j++) x[j] = _mm_xor_si128(x[j], second);
    hash8(&keys->convert, x);
    uint64_t value[2 * LANES];
    for (int j = 0; j < LANES; j++) _mm_storeu_si128((__m128i *)(value + 2 * j), x[j]);
    for (uint32_t j = 0; j < count; j++) {
        uint64_t *v = value + 2 * j;
        if (__builtin_expect((v[0] >= task->sketch->bound) | (v[1] >= task->sketch->bound), 0)) {
            uint8_t bytes[16];
            _mm_storeu_si128((__m128i *)bytes, seed[j]);
            walk_redraw(hash_one, &keys->convert, bytes, task->sketch->bound, v);
        }
        sketch_take(task->sketch, first + j, v[0], v[1], ctrl[j]);
    }
}

AESNI static void level_nodes(report_keys *keys, const walk_task *task) {
    uint32_t count = task->level->count, full = count & ~(uint32_t)(LANES - 1);
    for (uint32_t first = 0; first < full; first += LANES) group(keys, task, first, LANES, 0);
    if (full < count) group(keys, task, full, count - full, 0);
}

AESNI static void level_values(report_keys *keys, const walk_task *task) {
    /* A copy whose address does not escape the loop keeps the running sums in registers. */
    walk_sketch sketch = *task->sketch;
    walk_task local = *task;
    local.sketch = &sketch;
    uint32_t count = task->level->count, full = count & ~(uint32_t)(LANES - 1);
    for (uint32_t first = 0; first < full; first += LANES) group(keys, &local, first, LANES, 1);
    if (full < count) group(keys, &local, full, count - full, 1);
    *task->sketch = sketch;
}

AESNI void walk_inner_report_aesni(const walk_inner_block *b, size_t i, walk_sketch *sketch) {
    report_keys keys;
    size_t column = b->reports[i];
    expand(b->extend_keys + 16 * column, &keys.extend);
    expand(b->convert_keys + 16 * column, &keys.convert);
    const __m128i one = _mm_set_epi64x(0, 1);
    for (uint32_t l = 0; l < b->level_count; l++) {
        walk_task task = walk_task_for(b, i, l, sketch);
        __m128i cw = _mm_loadu_si128((const __m128i *)task.seed_cw);
        keys.lowest = _mm_and_si128(cw, one);
        cw = _mm_andnot_si128(one, cw);
        keys.correction[0] = _mm_xor_si128(cw, _mm_cvtsi32_si128(task.ctrl_cw & 1));
        keys.correction[1] = _mm_xor_si128(cw, _mm_cvtsi32_si128(task.ctrl_cw >> 1 & 1));
        if (task.sketch)
            level_values(&keys, &task);
        else
            level_nodes(&keys, &task);
    }
}

int walk_has_aesni_build(void) { return 1; }
#else
int walk_has_aesni_build(void) { return 0; }
void walk_inner_report_aesni(const walk_inner_block *b, size_t i, walk_sketch *sketch) {
    (void)b; (void)i; (void)sketch;
}
#endif
