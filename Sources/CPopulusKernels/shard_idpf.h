/* A level of the IDPF's key generation with AES-NI, in small steps that other work can come between. Private to this folder. */
#pragma once
#include "include/shard.h"
#include "walk_field.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define SHARD_INLINE __attribute__((target("aes,sse4.1"), always_inline)) static inline

/* Both servers' nodes, and what the next level is made from. */
typedef struct {
    const populus_idpf_generation *g;
    const __m128i *extend, *convert;
    size_t level;
    __m128i seed[2];    /* before `extend`: of the nodes; before `convert`: of the children, not yet converted */
    __m128i control[2]; /* masks of all bits */
} shard_path;

SHARD_INLINE __m128i shard_sigma(__m128i x) {
    const __m128i high = _mm_set_epi64x(-1, 0);
    return _mm_xor_si128(_mm_shuffle_epi32(x, 0x4e), _mm_and_si128(x, high));
}

/* The first two blocks of each of two seeds' streams, a round at a time. */
typedef struct {
    const __m128i *key;
    __m128i x[4], y[4];
} shard_hash;

SHARD_INLINE void shard_hash_begin(shard_hash *h, const __m128i *key, const __m128i seed[2]) {
    const __m128i flip = _mm_set_epi64x(1, 0); /* sigma of the tweak 1 */
    h->key = key;
    for (int i = 0; i < 2; i++) {
        h->x[2 * i] = shard_sigma(seed[i]);
        h->x[2 * i + 1] = _mm_xor_si128(h->x[2 * i], flip);
    }
    for (int i = 0; i < 4; i++) h->y[i] = _mm_xor_si128(h->x[i], key[0]);
}

/* Rounds 1 to 9. */
SHARD_INLINE void shard_hash_round(shard_hash *h, int round) {
    for (int i = 0; i < 4; i++) h->y[i] = _mm_aesenc_si128(h->y[i], h->key[round]);
}

SHARD_INLINE void shard_hash_end(shard_hash *h) {
    for (int i = 0; i < 4; i++) h->x[i] = _mm_xor_si128(h->x[i], _mm_aesenclast_si128(h->y[i], h->key[10]));
}

/* The value of a node one of whose first two words is not below the bound: later blocks of its stream are drawn on. */
__attribute__((target("aes,sse4.1"), noinline, unused)) static void shard_redraw(
    const __m128i *k, __m128i seed, uint64_t bound, uint64_t value[2]) {
    int have = 0;
    for (uint64_t block = 1; have < 2; block++) {
        __m128i x = shard_sigma(_mm_xor_si128(seed, _mm_set_epi64x(0, (long long)block)));
        __m128i y = _mm_xor_si128(x, k[0]);
        for (int round = 1; round < 10; round++) y = _mm_aesenc_si128(y, k[round]);
        x = _mm_xor_si128(x, _mm_aesenclast_si128(y, k[10]));
        uint64_t words[2];
        _mm_storeu_si128((__m128i *)words, x);
        for (int i = 0; i < 2 && have < 2; i++)
            if (words[i] < bound) value[have++] = words[i];
    }
}

SHARD_INLINE void shard_path_begin(shard_path *p, const populus_idpf_generation *g, const populus_idpf_path *path) {
    p->g = g;
    p->extend = (const __m128i *)g->extend->bytes;
    p->convert = (const __m128i *)g->convert->bytes;
    p->level = 0;
    for (int i = 0; i < 2; i++) {
        p->seed[i] = _mm_loadu_si128((const __m128i *)path->seeds + i);
        p->control[i] = _mm_sub_epi64(_mm_setzero_si128(), _mm_set1_epi64x((long long)path->controls[i]));
    }
}

SHARD_INLINE void shard_path_end(const shard_path *p, populus_idpf_path *path) {
    for (int i = 0; i < 2; i++) {
        _mm_storeu_si128((__m128i *)path->seeds + i, p->seed[i]);
        path->controls[i] = (uint64_t)_mm_cvtsi128_si64(p->control[i]) & 1;
    }
}

/* To the children that the input's next bit names; `h` has hashed the nodes' seeds. */
SHARD_INLINE void shard_path_extend(shard_path *p, const shard_hash *h) {
    const populus_idpf_generation *g = p->g;
    const __m128i one = _mm_set_epi64x(0, 1), zero = _mm_setzero_si128();
    uint64_t bit = g->alpha[p->level / 8] >> (7 - p->level % 8) & 1;
    __m128i right = _mm_sub_epi64(zero, _mm_set1_epi64x((long long)bit));
    const __m128i *x = h->x;
    __m128i left_sum = _mm_xor_si128(x[0], x[2]), right_sum = _mm_xor_si128(x[1], x[3]);
    __m128i sums = _mm_and_si128(_mm_xor_si128(left_sum, right_sum), right);
    __m128i lose = _mm_xor_si128(right_sum, sums), keep = _mm_xor_si128(left_sum, sums);
    /* The lowest bits are the control bits. The one to keep is corrected by its sum's complement. */
    __m128i cw = _mm_andnot_si128(one, lose), word = _mm_or_si128(cw, _mm_andnot_si128(keep, one));
    _mm_storeu_si128((__m128i *)g->seed_cw + p->level, cw);
    uint64_t left_control = ((uint64_t)_mm_cvtsi128_si64(left_sum) & 1) ^ bit ^ 1;
    uint64_t right_control = ((uint64_t)_mm_cvtsi128_si64(right_sum) & 1) ^ bit;
    g->control_cw[p->level] = (uint8_t)(left_control | right_control << 1);
    for (int i = 0; i < 2; i++) {
        __m128i node = _mm_xor_si128(x[2 * i], _mm_and_si128(_mm_xor_si128(x[2 * i], x[2 * i + 1]), right));
        node = _mm_xor_si128(node, _mm_and_si128(word, p->control[i]));
        p->control[i] = _mm_sub_epi64(zero, _mm_shuffle_epi32(_mm_and_si128(node, one), 0x44));
        p->seed[i] = _mm_andnot_si128(one, node);
    }
}

/* Takes the children's seeds and values; `h` has hashed the seeds before conversion. */
SHARD_INLINE void shard_path_convert(shard_path *p, const shard_hash *h) {
    const populus_idpf_generation *g = p->g;
    const __m128i seed[2] = {p->seed[0], p->seed[1]}, *x = h->x;
    p->seed[0] = x[0];
    p->seed[1] = x[2];
    uint64_t value[2][2], negated = (uint64_t)_mm_cvtsi128_si64(p->control[1]) & 1, mask = populus_mask(negated);
    for (int i = 0; i < 2; i++) {
        _mm_storeu_si128((__m128i *)value[i], x[2 * i + 1]);
        if ((value[i][0] >= g->bound) | (value[i][1] >= g->bound))
            shard_redraw(p->convert, seed[i], g->bound, value[i]);
    }
    uint64_t *out = (uint64_t *)g->value_cw + 2 * p->level;
    for (int k = 0; k < 2; k++) {
        /* v1 - v0, or v0 - v1 where server 1 has the control bit. */
        uint64_t swap = (value[0][k] ^ value[1][k]) & mask;
        out[k] = f64_sub(value[1][k] ^ swap, value[0][k] ^ swap);
    }
    g->negated[p->level] = (uint8_t)negated;
    p->level++;
}

/* A level with nothing in between. */
SHARD_INLINE void shard_path_level(shard_path *p) {
    shard_hash h;
    shard_hash_begin(&h, p->extend, p->seed);
    for (int round = 1; round < 10; round++) shard_hash_round(&h, round);
    shard_hash_end(&h);
    shard_path_extend(p, &h);
    shard_hash_begin(&h, p->convert, p->seed);
    for (int round = 1; round < 10; round++) shard_hash_round(&h, round);
    shard_hash_end(&h);
    shard_path_convert(p, &h);
}
#endif
