/*
 * The AES-NI path of the inner levels, included once for each instruction set: TARGET says which, REPORT names the
 * function, NAME its helpers. No include guard for this reason. Private to this folder.
 */

#define AESNI __attribute__((target(TARGET)))
#define AESNI_INLINE AESNI static inline __attribute__((always_inline))
#define schedule NAME(schedule)
#define report_keys NAME(report_keys)
#define expand NAME(expand)
#define hash8 NAME(hash8)
#define sigma NAME(sigma)
#define hash_one NAME(hash_one)
#define group NAME(group)
#define redraw NAME(redraw)
#define level_nodes NAME(level_nodes)
#define level_values NAME(level_values)

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

/*
 * Nodes first ..< first + count (at most LANES; a full group has count == LANES as a constant). Where `value` is not
 * NULL it takes the first two words after the next seed for each of LANES nodes.
 */
AESNI_INLINE void group(report_keys *keys, const walk_task *task, uint32_t first, uint32_t count, uint64_t *value) {
    const walk_level *level = task->level;
    const uint8_t *in_ctrl = task->in + 16 * (size_t)task->in_count;
    uint8_t *out_ctrl = task->out + 16 * (size_t)level->count;
    __m128i x[LANES], ctrl_mask[LANES];
    uint32_t bit[LANES], ctrl[LANES];
    UNROLL for (uint32_t j = 0; j < LANES; j++) {
        uint32_t node = j < count ? first + j : first;
        uint32_t parent = level->parents[node];
        bit[j] = level->bits[node];
        ctrl_mask[j] = _mm_set1_epi64x(-(long long)in_ctrl[parent]);
        __m128i seed = _mm_loadu_si128((const __m128i *)(task->in + 16 * (size_t)parent));
        x[j] = sigma(_mm_xor_si128(seed, _mm_cvtsi32_si128((int)bit[j])));
    }
    hash8(&keys->extend, x);
    const __m128i one = _mm_set_epi64x(0, 1);
    UNROLL for (uint32_t j = 0; j < LANES; j++) {
        __m128i corrected = _mm_xor_si128(x[j], _mm_and_si128(ctrl_mask[j], keys->correction[bit[j]]));
        ctrl[j] = (uint32_t)_mm_cvtsi128_si32(corrected) & 1;
        x[j] = sigma(_mm_xor_si128(_mm_andnot_si128(one, corrected), _mm_and_si128(ctrl_mask[j], keys->lowest)));
    }
    __m128i next[LANES];
    UNROLL for (int j = 0; j < LANES; j++) next[j] = x[j];
    hash8(&keys->convert, next);
    for (uint32_t j = 0; j < count; j++) {
        _mm_storeu_si128((__m128i *)(task->out + 16 * (size_t)(first + j)), next[j]);
        out_ctrl[first + j] = (uint8_t)ctrl[j];
    }
    if (!value) return;
    /* Block 1: sigma(seed ^ 1) = sigma(seed) ^ sigma(1), and sigma(1) = (0, 1). */
    const __m128i second = _mm_set_epi64x(1, 0);
    UNROLL for (int j = 0; j < LANES; j++) x[j] = _mm_xor_si128(x[j], second);
    hash8(&keys->convert, x);
    UNROLL for (int j = 0; j < LANES; j++) _mm_storeu_si128((__m128i *)(value + 2 * j), x[j]);
}

/* The value of one node, redrawn. */
AESNI static __attribute__((noinline)) void redraw(report_keys *keys, const walk_task *task, uint32_t node,
                                                   uint64_t *value) {
    const walk_level *level = task->level;
    uint32_t parent = level->parents[node], bit = level->bits[node];
    const uint8_t *in_ctrl = task->in + 16 * (size_t)task->in_count;
    uint8_t seed[16];
    __m128i x = _mm_loadu_si128((const __m128i *)(task->in + 16 * (size_t)parent));
    _mm_storeu_si128((__m128i *)seed, sigma(_mm_xor_si128(x, _mm_cvtsi32_si128((int)bit))));
    hash_one(&keys->extend, seed, 1);
    __m128i mask = _mm_set1_epi64x(-(long long)in_ctrl[parent]);
    const __m128i one = _mm_set_epi64x(0, 1);
    x = _mm_xor_si128(_mm_loadu_si128((const __m128i *)seed), _mm_and_si128(mask, keys->correction[bit]));
    x = _mm_xor_si128(_mm_andnot_si128(one, x), _mm_and_si128(mask, keys->lowest));
    _mm_storeu_si128((__m128i *)seed, x);
    walk_redraw(hash_one, &keys->convert, seed, task->sketch->bound, value);
}

AESNI static void level_nodes(report_keys *keys, const walk_task *task) {
    uint32_t count = task->level->count, full = count & ~(uint32_t)(LANES - 1);
    for (uint32_t first = 0; first < full; first += LANES) group(keys, task, first, LANES, NULL);
    if (full < count) group(keys, task, full, count - full, NULL);
}

/* The AES of some groups, then the arithmetic on their values: each loop has the registers to itself. */
AESNI static void level_values(report_keys *keys, const walk_task *task) {
    uint64_t values[2 * TILE];
    uint32_t count = task->level->count;
    const uint8_t *ctrl = task->out + 16 * (size_t)count;
    walk_sketch sketch = *task->sketch;
    for (uint32_t first = 0; first < count; first += TILE) {
        uint32_t tile = count - first < TILE ? count - first : TILE, full = tile & ~(uint32_t)(LANES - 1);
        for (uint32_t j = 0; j < full; j += LANES) group(keys, task, first + j, LANES, values + 2 * j);
        if (full < tile) group(keys, task, first + full, tile - full, values + 2 * full);
        for (uint32_t j = 0; j < tile; j++) {
            uint64_t *value = values + 2 * j;
            if (__builtin_expect((value[0] >= sketch.bound) | (value[1] >= sketch.bound), 0))
                redraw(keys, task, first + j, value);
            sketch_take(&sketch, first + j, value[0], value[1], ctrl[first + j]);
        }
    }
    *task->sketch = sketch;
}

AESNI void REPORT(const walk_inner_block *b, size_t i, walk_sketch *sketch) {
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

#undef AESNI
#undef AESNI_INLINE
#undef EXPAND
#undef schedule
#undef report_keys
#undef expand
#undef hash8
#undef sigma
#undef hash_one
#undef group
#undef redraw
#undef level_nodes
#undef level_values
#undef TARGET
#undef REPORT
#undef NAME
