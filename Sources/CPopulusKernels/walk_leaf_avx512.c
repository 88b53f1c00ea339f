/*
 * The leaf level in vectors of AVX-512: eight nodes of one report in step. Their sponges differ in the seed alone, so nothing is
 * transposed but seeds; Field255 elements are five limbs of 52 bits, a vector for each limb.
 */
#include "walk_leaf.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define LANES 8
#define AVX512 "avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512ifma"
#define INLINE static inline __attribute__((always_inline, target(AVX512)))
#define UNROLL _Pragma("clang loop unroll(full)")

#include "walk_keccak_avx512.h"
#undef LANE
#undef NAME
#undef XOR

typedef __m512i vector;

/* Eight numbers below 2^260; limbs below 2^52 where they are multiplied. */
typedef struct { vector v[5]; } limbs;
/* Sums of products of such numbers. */
typedef struct { vector v[10]; } wide;

/* Sums of one report, those of eight candidates in a vector. */
typedef struct {
    limbs sum;
    wide squares, authenticators;
} leaf_lanes;

/* A limb of `wide` takes at most nine halves of products for each eight candidates, twice a group: 16 * 2 * 9 * 2^52 a lane. */
#define GROUPS 16

/* The nodes of a tile: at most eight parents, each with its candidates. */
typedef struct {
    uint32_t parents, row[LANES];
    /* For each candidate its parent's lane, and 8 where it is the right child. */
    uint64_t pick[NODES] __attribute__((aligned(64)));
    uint8_t right[NODES / LANES]; /* a bit for each candidate */
} leaf_group;

INLINE vector repeat(uint64_t x) { return _mm512_set1_epi64((long long)x); }
INLINE vector below52(vector x) { return _mm512_and_si512(x, repeat((1ULL << 52) - 1)); }

INLINE limbs limbs_of(const vector w[4]) {
    return (limbs){{below52(w[0]),
                    below52(_mm512_or_si512(_mm512_srli_epi64(w[0], 52), _mm512_slli_epi64(w[1], 12))),
                    below52(_mm512_or_si512(_mm512_srli_epi64(w[1], 40), _mm512_slli_epi64(w[2], 24))),
                    below52(_mm512_or_si512(_mm512_srli_epi64(w[2], 28), _mm512_slli_epi64(w[3], 36))),
                    _mm512_srli_epi64(w[3], 16)}};
}

/* The same number, of which all limbs but the last are below 2^52. */
INLINE limbs carried(limbs x) {
    UNROLL for (int k = 0; k < 4; k++) {
        x.v[k + 1] = _mm512_add_epi64(x.v[k + 1], _mm512_srli_epi64(x.v[k], 52));
        x.v[k] = below52(x.v[k]);
    }
    return x;
}

INLINE void add_product(wide *w, limbs a, limbs b) {
    UNROLL for (int i = 0; i < 5; i++) UNROLL for (int j = 0; j < 5; j++) {
        w->v[i + j] = _mm512_madd52lo_epu64(w->v[i + j], a.v[i], b.v[j]);
        w->v[i + j + 1] = _mm512_madd52hi_epu64(w->v[i + j + 1], a.v[i], b.v[j]);
    }
}

/* A product mod p, below 2^255 + 2^210, for a below 2^256 and b below 2^255. */
INLINE limbs multiply(limbs a, limbs b) {
    const vector zero = _mm512_setzero_si512(), top = repeat(608); /* 2^260 mod p */
    wide w;
    UNROLL for (int k = 0; k < 10; k++) w.v[k] = zero;
    add_product(&w, a, b);
    UNROLL for (int k = 0; k < 9; k++) {
        w.v[k + 1] = _mm512_add_epi64(w.v[k + 1], _mm512_srli_epi64(w.v[k], 52));
        w.v[k] = below52(w.v[k]);
    }
    limbs x = {{w.v[0], w.v[1], w.v[2], w.v[3], w.v[4]}};
    UNROLL for (int k = 0; k < 5; k++) x.v[k] = _mm512_madd52lo_epu64(x.v[k], w.v[k + 5], top);
    UNROLL for (int k = 0; k < 4; k++) x.v[k + 1] = _mm512_madd52hi_epu64(x.v[k + 1], w.v[k + 5], top);
    /* What is at 2^255 and above: 19 for each. The last limb has 47 bits below that, and a sixth would begin at 2^260. */
    vector above = _mm512_srli_epi64(x.v[4], 47);
    above = _mm512_add_epi64(above, _mm512_slli_epi64(_mm512_madd52hi_epu64(zero, w.v[9], top), 5));
    x.v[4] = _mm512_and_si512(x.v[4], repeat((1ULL << 47) - 1));
    x.v[0] = _mm512_madd52lo_epu64(x.v[0], above, repeat(19));
    return carried(x);
}

/* The sponge of each lane: a template and a seed. */
INLINE void seeded(vector state[25], const leaf_template *t, vector low, vector high) {
    size_t word = t->seed_at / 8;
    uint64_t left = 8 * (t->seed_at % 8), right = 64 - left; /* a shift by 64 leaves zero */
    vector shift = repeat(left), back = repeat(right);
    UNROLL for (int k = 0; k < 25; k++) state[k] = repeat(t->start.s[k]);
    vector middle = _mm512_or_si512(_mm512_srlv_epi64(low, back), _mm512_sllv_epi64(high, shift));
    state[word] = _mm512_xor_si512(state[word], _mm512_sllv_epi64(low, shift));
    state[word + 1] = _mm512_xor_si512(state[word + 1], middle);
    state[word + 2] = _mm512_xor_si512(state[word + 2], _mm512_srlv_epi64(high, back));
}

/* Draws anew what may not be below p, a lane after the other: elements begin at word 2. */
TARGET static __attribute__((noinline)) void redraw(vector state[25], unsigned suspect) {
    for (int lane = 0; lane < LANES; lane++) {
        if (!(suspect >> lane & 1)) continue;
        sponge p;
        for (int k = 0; k < 25; k++) p.s[k] = ((const uint64_t *)&state[k])[lane];
        p.position = 16;
        f255 value[2];
        for (int k = 0; k < 2; k++) value[k] = sponge_next255(&p);
        for (int k = 0; k < 8; k++) ((uint64_t *)&state[2 + k])[lane] = value[k / 4].v[k % 4];
        walk_wipe(&p, sizeof p);
    }
}

/* Elements of consecutive nodes, a vector for each word; nothing of those past the count. */
INLINE void load_elements(vector w[4], const f255 *elements, __mmask8 used) {
    const vector first = _mm512_set_epi64(13, 9, 5, 1, 12, 8, 4, 0), last = _mm512_set_epi64(15, 11, 7, 3, 14, 10, 6, 2);
    vector pair[4];
    UNROLL for (int k = 0; k < 4; k++) pair[k] = _mm512_loadu_si512(elements + 2 * k);
    vector a = _mm512_permutex2var_epi64(pair[0], first, pair[1]), b = _mm512_permutex2var_epi64(pair[2], first, pair[3]);
    vector c = _mm512_permutex2var_epi64(pair[0], last, pair[1]), d = _mm512_permutex2var_epi64(pair[2], last, pair[3]);
    w[0] = _mm512_maskz_shuffle_i64x2(used, a, b, 0x44);
    w[1] = _mm512_maskz_shuffle_i64x2(used, a, b, 0xee);
    w[2] = _mm512_maskz_shuffle_i64x2(used, c, d, 0x44);
    w[3] = _mm512_maskz_shuffle_i64x2(used, c, d, 0xee);
}

/* Seeds of the parents, the lower halves and the upper ones. */
INLINE void load_parents(const leaf_group *g, const uint8_t *in, vector *low, vector *high) {
    const vector even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0), odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
    vector four[2];
    UNROLL for (int i = 0; i < 2; i++) {
        __m128i seed[4];
        UNROLL for (int k = 0; k < 4; k++)
            seed[k] = _mm_loadu_si128((const __m128i *)(in + 16 * (size_t)g->row[4 * i + k]));
        __m256i pairs[2] = {_mm256_inserti128_si256(_mm256_castsi128_si256(seed[0]), seed[1], 1),
                            _mm256_inserti128_si256(_mm256_castsi128_si256(seed[2]), seed[3], 1)};
        four[i] = _mm512_inserti64x4(_mm512_castsi256_si512(pairs[0]), pairs[1], 1);
    }
    *low = _mm512_permutex2var_epi64(four[0], even, four[1]);
    *high = _mm512_permutex2var_epi64(four[0], odd, four[1]);
}

/* One report at all candidates of the group. */
TARGET static void take_report(const leaf_tile *t, const leaf_group *g, uint32_t i, leaf_lanes *lanes, limbs *sums) {
    const leaf_report *r = &t->reports[i];
    const uint8_t *in_ctrl = r->in + 16 * (size_t)t->b->parent_count;
    vector low, high, state[25], child[4], cw[2][4];
    unsigned set = 0;
    UNROLL for (int k = 0; k < LANES; k++) set |= (unsigned)(in_ctrl[g->row[k]] & 1) << k;
    UNROLL for (int k = 0; k < 8; k++) cw[k / 4][k % 4] = repeat(load64(r->payload_cw + 8 * k));
    const limbs data_cw = limbs_of(cw[0]), authenticator_cw = limbs_of(cw[1]);
    load_parents(g, r->in, &low, &high);
    seeded(state, &r->extend, low, high);
    keccak_avx512(state);
    UNROLL for (int k = 0; k < 4; k++) child[k] = state[k];
    for (uint32_t half = 0; half * LANES < t->count; half++) {
        uint32_t rest = t->count - half * LANES;
        const __mmask8 used = rest < LANES ? (__mmask8)((1u << rest) - 1) : 0xff, right = g->right[half];
        const vector pick = _mm512_load_si512(g->pick + LANES * half);
        low = _mm512_permutex2var_epi64(child[0], pick, child[2]);
        high = _mm512_permutex2var_epi64(child[1], pick, child[3]);
        const __mmask8 parent =
            _mm512_movepi64_mask(_mm512_permutexvar_epi64(pick, _mm512_movm_epi64((__mmask8)set)));
        const unsigned left_cw = 0u - (r->ctrl_cw & 1u), right_cw = 0u - (r->ctrl_cw >> 1 & 1u);
        const __mmask8 ctrl = (__mmask8)(_mm512_test_epi64_mask(low, repeat(1)) ^
                                         (parent & ((right & right_cw) | (~(unsigned)right & left_cw))));
        low = _mm512_andnot_si512(repeat(1), low);
        low = _mm512_mask_xor_epi64(low, parent, low, repeat(load64(r->seed_cw)));
        high = _mm512_mask_xor_epi64(high, parent, high, repeat(load64(r->seed_cw + 8)));
        seeded(state, &r->convert, low, high);
        keccak_avx512(state);
        const vector all = repeat(P255_3);
        state[5] = _mm512_and_si512(state[5], all);
        state[9] = _mm512_and_si512(state[9], all);
        const unsigned suspect = (_mm512_cmpeq_epi64_mask(state[5], all) | _mm512_cmpeq_epi64_mask(state[9], all)) & used;
        if (suspect) redraw(state, suspect);
        limbs data = limbs_of(state + 2), authenticator = limbs_of(state + 6);
        UNROLL for (int k = 0; k < 5; k++) {
            data.v[k] = _mm512_mask_add_epi64(data.v[k], ctrl, data.v[k], data_cw.v[k]);
            authenticator.v[k] =
                _mm512_mask_add_epi64(authenticator.v[k], ctrl, authenticator.v[k], authenticator_cw.v[k]);
        }
        data = carried(data);
        authenticator = carried(authenticator);
        vector words[4];
        load_elements(words, t->randomness[i] + LANES * half, used);
        const limbs rand = limbs_of(words), product = multiply(data, rand);
        UNROLL for (int k = 0; k < 5; k++) {
            sums[half].v[k] = _mm512_add_epi64(sums[half].v[k], data.v[k]);
            lanes->sum.v[k] = _mm512_add_epi64(lanes->sum.v[k], product.v[k]);
        }
        add_product(&lanes->squares, product, rand);
        add_product(&lanes->authenticators, authenticator, rand);
    }
}

/* Limbs below 2^63 as some congruent number below 2^256. */
static f255 f255_of_limbs(const uint64_t l[5]) {
    f255 x;
    u128 rest = l[0];
    for (int k = 0; k < 4; k++) {
        rest += (u128)l[k + 1] << (52 - 12 * k);
        x.v[k] = (uint64_t)rest;
        rest >>= 64;
    }
    return f255_fold(x, (uint64_t)rest);
}

/* w += limb * 2^(52 * k). */
static void add_limb(f255_wide *w, int k, uint64_t limb) {
    u128 shifted = (u128)limb << (52 * k % 64);
    uint64_t carry = 0;
    int word = 52 * k / 64;
    w->v[word] = f255_carry(w->v[word], (uint64_t)shifted, &carry);
    w->v[word + 1] = f255_carry(w->v[word + 1], (uint64_t)(shifted >> 64), &carry);
    for (word += 2; word < 9; word++) w->v[word] = f255_carry(w->v[word], 0, &carry);
}

/* Moves what the lanes have summed to the report. */
TARGET static void fold(leaf_report *r, leaf_lanes *lanes) {
    uint64_t sum[5];
    for (int k = 0; k < 5; k++) sum[k] = (uint64_t)_mm512_reduce_add_epi64(lanes->sum.v[k]);
    r->sum = f255_add_loose(r->sum, f255_of_limbs(sum));
    for (int k = 0; k < 10; k++) {
        add_limb(&r->squares, k, (uint64_t)_mm512_reduce_add_epi64(lanes->squares.v[k]));
        add_limb(&r->authenticators, k, (uint64_t)_mm512_reduce_add_epi64(lanes->authenticators.v[k]));
    }
    memset(lanes, 0, sizeof *lanes);
}

/* The next candidates: those of eight parents. */
static void group_make(leaf_group *g, leaf_tile *t) {
    const walk_level *leaf = &t->b->leaf;
    memset(g, 0, sizeof *g);
    t->count = 0;
    for (uint32_t j = t->first; j < leaf->count; j++, t->count++) {
        if (g->parents == 0 || leaf->parents[j] != g->row[g->parents - 1]) {
            if (g->parents == LANES) break;
            g->row[g->parents++] = leaf->parents[j];
        }
        g->pick[t->count] = g->parents - 1 + 8u * leaf->bits[j];
        g->right[t->count / LANES] |= (uint8_t)(leaf->bits[j] << t->count % LANES);
    }
    /* Lanes without a parent repeat the first; nobody picks them. */
    for (uint32_t k = g->parents; k < LANES; k++) g->row[k] = g->row[0];
}

TARGET void walk_leaf_avx512(leaf_tile *t) {
    const walk_leaf_block *b = t->b;
    leaf_lanes lanes[REPORTS];
    limbs sums[NODES / LANES];
    leaf_group g;
    memset(lanes, 0, sizeof lanes);
    int groups = 0;
    for (t->first = 0; t->first < b->leaf.count; t->first += t->count) {
        group_make(&g, t);
        walk_leaf_draw(b->isa, t->rand, t->report_count, t->count, t->randomness);
        memset(sums, 0, sizeof sums);
        for (uint32_t i = 0; i < t->report_count; i++) take_report(t, &g, i, &lanes[i], sums);
        for (uint32_t j = 0; j < t->count; j++) {
            uint64_t sum[5];
            for (int k = 0; k < 5; k++) sum[k] = ((const uint64_t *)&sums[j / LANES].v[k])[j % LANES];
            uint8_t *to = b->sums + 32 * (size_t)(t->first + j);
            f255_store(to, f255_add_loose(f255_load(to), f255_of_limbs(sum)));
        }
        if (++groups % GROUPS == 0)
            for (uint32_t i = 0; i < t->report_count; i++) fold(&t->reports[i], &lanes[i]);
    }
    for (uint32_t i = 0; i < t->report_count; i++) fold(&t->reports[i], &lanes[i]);
    walk_wipe(lanes, sizeof lanes);
    walk_wipe(sums, sizeof sums);
}
#endif
