/* Vectors of four AES blocks, and the arithmetic on eight values, for walk_inner_x86_body.h. Private; no include guard. */

#define vector NAME(vector)
#define xor NAME(xor)
#define and NAME(and)
#define xor_and NAME(xor_and)
#define clear_lowest NAME(clear_lowest)
#define node_bits NAME(node_bits)
#define lowest NAME(lowest)
#define spread_lowest NAME(spread_lowest)
#define add_where NAME(add_where)
#define aesenc NAME(aesenc)
#define aesenclast NAME(aesenclast)
#define broadcast NAME(broadcast)
#define repeat NAME(repeat)
#define repeat_block NAME(repeat_block)
#define add_sides NAME(add_sides)
#define low_block NAME(low_block)
#define sigma NAME(sigma)
#define sigma128 NAME(sigma128)
#define load_nodes NAME(load_nodes)
#define store NAME(store)
#define store_rand NAME(store_rand)
#define store_blocks NAME(store_blocks)
#define store_ctrl NAME(store_ctrl)
#define greatest NAME(greatest)
#define any_from NAME(any_from)
#define add_flipped NAME(add_flipped)
#define add_halves NAME(add_halves)
#define rounds_taking4 NAME(rounds_taking4)
#define rounds_taking8 NAME(rounds_taking8)
#define waits NAME(waits)
#define take_rest NAME(take_rest)
#define fold NAME(fold)
#define key_pair NAME(key_pair)
#define key_pair_load NAME(key_pair_load)
#define key_pair_store NAME(key_pair_store)
#define key_pair_next NAME(key_pair_next)

/* sigma(lo, hi) = (hi, hi ^ lo). */
X86_INLINE __m128i sigma128(__m128i x) {
    return _mm_xor_si128(_mm_shuffle_epi32(x, 0x4e), _mm_and_si128(x, _mm_set_epi64x(-1, 0)));
}

typedef __m512i vector;
X86_INLINE vector xor(vector a, vector b) { return _mm512_xor_si512(a, b); }
X86_INLINE vector and(vector a, vector b) { return _mm512_and_si512(a, b); }
X86_INLINE vector xor_and(vector a, vector b, vector c) { return _mm512_ternarylogic_epi64(a, b, c, 0x78); }
/* A bit of each node of a vector, twice, or once in the lower of two bits: see `lowest`. */
typedef __mmask8 node_bits;
/* a ^ b where a node's bit is 1, else a. */
X86_INLINE vector add_where(vector a, node_bits bits, vector b) { return _mm512_mask_xor_epi64(a, bits, a, b); }
X86_INLINE vector repeat(uint64_t low, uint64_t high) {
    return _mm512_broadcast_i32x4(_mm_set_epi64x((long long)high, (long long)low));
}
X86_INLINE vector clear_lowest(vector x) { return _mm512_andnot_si512(repeat(1, 0), x); }
X86_INLINE node_bits lowest(vector x) { return _mm512_test_epi64_mask(x, repeat(1, 0)); }
X86_INLINE node_bits spread_lowest(vector x) {
    return _mm512_test_epi64_mask(_mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x44), repeat(1, 1));
}
X86_INLINE vector aesenc(vector x, vector key) { return _mm512_aesenc_epi128(x, key); }
X86_INLINE vector aesenclast(vector x, vector key) { return _mm512_aesenclast_epi128(x, key); }
X86_INLINE vector broadcast(const __m128i *block) { return _mm512_broadcast_i32x4(_mm_load_si128(block)); }
X86_INLINE vector repeat_block(__m128i x) { return _mm512_broadcast_i32x4(x); }
X86_INLINE vector add_sides(vector x, int i) {
    (void)i;
    return xor(x, _mm512_set_epi64(1, 0, 0, 0, 1, 0, 0, 0));
}
X86_INLINE __m128i low_block(vector x) { return _mm512_castsi512_si128(x); }
X86_INLINE vector sigma(vector x) {
    return xor_and(_mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x4e), x, repeat(0, ~0ULL));
}
X86_INLINE void store(uint64_t *out, vector x) { _mm512_store_si512(out, x); }
X86_INLINE void store_blocks(uint8_t *out, vector x, uint32_t blocks) {
    if (blocks >= 4) _mm512_storeu_si512(out, x);
    else _mm512_mask_storeu_epi64(out, (__mmask8)((1u << 2 * blocks) - 1), x);
}
X86_INLINE vector greatest(vector a, vector b) { return _mm512_max_epi64(a, b); }
X86_INLINE int any_from(vector x, vector bound) { return _mm512_cmpge_epi64_mask(x, bound) != 0; }

/*
 * The sum mod p of a canonical element, its top bit flipped, and where a node's bit is 1 another; not necessarily canonical.
 */
X86_INLINE vector add_flipped(vector flipped, node_bits bits, vector addend) {
    vector sum = _mm512_mask_add_epi64(flipped, bits, flipped, addend), top = repeat(1ULL << 63, 1ULL << 63);
    return _mm512_mask_add_epi64(xor(sum, top), _mm512_cmpgt_epi64_mask(flipped, sum), xor(sum, top), repeat(E64, E64));
}

/* Adds the halves of each block's low word to two words of `sums`. */
X86_INLINE void add_halves(uint64_t *sums, vector values) {
    vector halves = _mm512_shuffle_epi8(values, repeat(0x8080808003020100, 0x8080808007060504));
    _mm512_storeu_si512(sums, _mm512_add_epi64(_mm512_loadu_si512(sums), halves));
}

X86_INLINE void store_ctrl(uint8_t *out, const node_bits *bits, int vectors) {
    uint64_t twice = 0; /* two bits a node, of which the lower one counts */
    UNROLL for (int i = 0; i < vectors; i++) twice |= (uint64_t)bits[i] << 8 * i;
    __m256i bytes = _mm512_cvtepi16_epi8(_mm512_maskz_set1_epi8(twice, 1));
    if (vectors == 8) _mm256_storeu_si256((__m256i *)out, bytes);
    else _mm_storeu_si128((__m128i *)out, _mm256_castsi256_si128(bytes));
}

/* Copies words; a full or half group's count is a constant. */
X86_INLINE void store_rand(uint64_t *out, const uint64_t *rand, uint32_t count) {
    UNROLL for (uint32_t j = 0; j < LANES; j += 8) {
        if (j >= count) break;
        __mmask8 taken = count - j >= 8 ? 0xff : (__mmask8)((1u << (count - j)) - 1);
        _mm512_store_si512(out + j, _mm512_maskz_loadu_epi64(taken, rand + j));
    }
}

/* The lanes of `mask` from memory: a mask that the compiler knew would become permutations of whole vectors. */
X86_INLINE vector NAME(load_lanes)(vector x, __mmask8 mask, const uint8_t *seed) {
    __asm__("" : "+Yk"(mask));
    return _mm512_mask_broadcast_i64x2(x, mask, _mm_loadu_si128((const __m128i *)seed));
}

/*
 * Seeds through sigma, control bits and corrections; lanes past the count repeat the first. The child's bit is left to the
 * keys where all nodes are pairs of siblings.
 */
X86_INLINE void load_nodes(vector *x, node_bits *ctrl, vector *correction, const walk_task *task, const __m128i *child,
                           size_t first, uint32_t count, int vectors, int pairs) {
    const uint8_t *in = task->in, *in_ctrl = in + 16 * (size_t)task->in_count, *bits = task->level->bits + first;
    const uint32_t *parents = task->level->parents + first;
    UNROLL for (int i = 0; i < vectors; i++) {
        vector seeds;
        unsigned right = 0, set = 0;
        UNROLL for (uint32_t k = 0; k < 4; k += pairs ? 2 : 1) {
            uint32_t node = 4 * (uint32_t)i + k < count ? 4 * (uint32_t)i + k : 0;
            size_t parent = parents[node];
            unsigned place = (pairs ? 15u : 3u) << 2 * k;
            const uint8_t *seed = in + 16 * parent;
            if (k == 0) seeds = repeat_block(_mm_loadu_si128((const __m128i *)seed));
            else seeds = NAME(load_lanes)(seeds, (__mmask8)place, seed);
            set |= place * in_ctrl[parent];
            if (!pairs) right |= 3u * bits[node] << 2 * k;
        }
        x[i] = sigma(seeds);
        if (!pairs) x[i] = _mm512_mask_xor_epi64(x[i], (__mmask8)(right & 0xaa), x[i], repeat(0, 1));
        ctrl[i] = (__mmask8)set;
        correction[i] = pairs ? _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)child))
                              : _mm512_mask_blend_epi64((__mmask8)right, repeat_block(child[0]), repeat_block(child[1]));
    }
}

/*
 * Sums of products by limbs of 52 bits, which the multiplication adds up itself. The numbers of `lanes`: 0, 1 the limbs of
 * data * rand; 2 to 5 data * rand^2 and 6 to 9 authenticator * rand, as `take_product` has them.
 */
typedef struct {
    vector sum[10];
} NAME(taker);

/* Two vectors of eight words: all arithmetic is on both, so that the one runs while the other waits. */
typedef struct {
    vector v[2];
} NAME(words);
#define EACH UNROLL for (int k = 0; k < 2; k++)

/* Adds products of words, of which `upper` are the upper 12 bits, to the limbs 0, 1, 2 and 1: less than 2^54 to each. */
X86_INLINE void NAME(take_product)(vector *sum, NAME(words) a, NAME(words) b, NAME(words) b_upper) {
    NAME(words) a_upper;
    EACH a_upper.v[k] = _mm512_srli_epi64(a.v[k], 52);
    EACH sum[0] = _mm512_madd52lo_epu64(sum[0], a.v[k], b.v[k]);
    EACH sum[1] = _mm512_madd52hi_epu64(sum[1], a.v[k], b.v[k]);
    EACH sum[2] = _mm512_madd52hi_epu64(sum[2], a.v[k], b_upper.v[k]);
    EACH sum[3] = _mm512_madd52lo_epu64(sum[3], a.v[k], b_upper.v[k]);
    EACH sum[2] = _mm512_madd52hi_epu64(sum[2], a_upper.v[k], b.v[k]);
    EACH sum[3] = _mm512_madd52lo_epu64(sum[3], a_upper.v[k], b.v[k]);
    EACH sum[2] = _mm512_madd52lo_epu64(sum[2], a_upper.v[k], b_upper.v[k]);
}

/* The product mod p; not necessarily canonical. */
X86_INLINE NAME(words) NAME(multiply)(NAME(words) a, NAME(words) b) {
    const vector half = repeat(E64, E64);
    NAME(words) a1, b1, low, mixed, other, high, top, rest, added;
    EACH a1.v[k] = _mm512_srli_epi64(a.v[k], 32);
    EACH b1.v[k] = _mm512_srli_epi64(b.v[k], 32);
    EACH low.v[k] = _mm512_mul_epu32(a.v[k], b.v[k]);
    EACH mixed.v[k] = _mm512_mul_epu32(a.v[k], b1.v[k]);
    EACH other.v[k] = _mm512_mul_epu32(a1.v[k], b.v[k]);
    EACH high.v[k] = _mm512_mul_epu32(a1.v[k], b1.v[k]);
    EACH mixed.v[k] = _mm512_add_epi64(mixed.v[k], _mm512_srli_epi64(low.v[k], 32));
    EACH other.v[k] = _mm512_add_epi64(other.v[k], and(mixed.v[k], half));
    EACH high.v[k] = _mm512_add_epi64(high.v[k], _mm512_srli_epi64(mixed.v[k], 32));
    EACH high.v[k] = _mm512_add_epi64(high.v[k], _mm512_srli_epi64(other.v[k], 32));
    EACH low.v[k] = _mm512_mask_shuffle_epi32(low.v[k], 0xaaaa, other.v[k], (_MM_PERM_ENUM)0xa0);
    /* As f64_reduce. */
    EACH top.v[k] = _mm512_srli_epi64(high.v[k], 32);
    EACH added.v[k] = _mm512_mul_epu32(high.v[k], half);
    EACH rest.v[k] = _mm512_sub_epi64(low.v[k], top.v[k]);
    EACH rest.v[k] = _mm512_mask_sub_epi64(rest.v[k], _mm512_cmplt_epu64_mask(low.v[k], top.v[k]), rest.v[k], half);
    EACH rest.v[k] = _mm512_add_epi64(rest.v[k], added.v[k]);
    EACH rest.v[k] =
        _mm512_mask_add_epi64(rest.v[k], _mm512_cmplt_epu64_mask(rest.v[k], added.v[k]), rest.v[k], half);
    return rest;
}

/* The next sixteen nodes that wait, if any. */
X86_INLINE void NAME(take)(NAME(taker) *t, walk_pending *p) {
    if (p->next == p->end) return;
    const vector even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0), odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
    size_t node = p->next / 8;
    vector value[4];
    UNROLL for (int i = 0; i < 4; i++) value[i] = _mm512_load_si512(p->value[node + 4 * i]);
    NAME(words) data, auth, rand, rand_upper, upper;
    EACH data.v[k] = _mm512_permutex2var_epi64(value[2 * k], even, value[2 * k + 1]);
    EACH auth.v[k] = _mm512_permutex2var_epi64(value[2 * k], odd, value[2 * k + 1]);
    EACH rand.v[k] = _mm512_load_si512(p->rand + node + 8 * k);
    EACH rand_upper.v[k] = _mm512_srli_epi64(rand.v[k], 52);
    NAME(words) product = NAME(multiply)(data, rand);
    NAME(take_product)(t->sum + 6, auth, rand, rand_upper);
    EACH t->sum[0] = _mm512_madd52lo_epu64(t->sum[0], product.v[k], repeat(1, 1));
    EACH upper.v[k] = _mm512_srli_epi64(product.v[k], 52);
    EACH t->sum[1] = _mm512_add_epi64(t->sum[1], upper.v[k]);
    NAME(take_product)(t->sum + 2, product, rand, rand_upper);
    p->next += 128;
}

X86_INLINE void NAME(open)(NAME(taker) *t, const walk_pending *p) {
    UNROLL for (int k = 0; k < 10; k++) t->sum[k] = _mm512_load_si512(p->lanes[k]);
}
X86_INLINE void NAME(close)(const NAME(taker) *t, walk_pending *p) {
    UNROLL for (int k = 0; k < 10; k++) _mm512_store_si512(p->lanes[k], t->sum[k]);
}

X86_INLINE void take_rest(walk_pending *p) {
    if (p->next == p->end) return;
    NAME(taker) t;
    NAME(open)(&t, p);
    while (p->next != p->end) NAME(take)(&t, p);
    NAME(close)(&t, p);
}

/* Adds sum << shift, shift below 128. */
X86_INLINE void NAME(add_shifted)(uint64_t total[3], uint64_t sum, int shift) {
    u128 x = (u128)sum << shift % 64, low = (u128)total[1] << 64 | total[0];
    if (shift < 64) {
        u128 all = low + x;
        total[2] += all < x;
        total[0] = (uint64_t)all;
        total[1] = (uint64_t)(all >> 64);
    } else {
        u128 upper = (u128)total[2] << 64 | total[1];
        upper += x;
        total[1] = (uint64_t)upper;
        total[2] = (uint64_t)(upper >> 64);
    }
}

/* Moves the sums of the lanes into the totals, after at most 1,056 nodes: the limbs of eight lanes stay below 2^64 together. */
X86 static void fold(walk_pending *p) {
    static const int shift[4] = {0, 52, 104, 52};
    uint64_t sum[10];
    for (int k = 0; k < 10; k++) {
        sum[k] = (uint64_t)_mm512_reduce_add_epi64(_mm512_load_si512(p->lanes[k]));
        _mm512_store_si512(p->lanes[k], repeat(0, 0));
    }
    u128 data = ((u128)p->totals.data[1] << 64 | p->totals.data[0]) + sum[0] + ((u128)sum[1] << 52);
    p->totals.data[0] = (uint64_t)data;
    p->totals.data[1] = (uint64_t)(data >> 64);
    for (int k = 0; k < 4; k++) {
        NAME(add_shifted)(p->totals.data2, sum[2 + k], shift[k]);
        NAME(add_shifted)(p->totals.auth, sum[6 + k], shift[k]);
    }
}

/* Rounds 1 to 9, and among them sixteen nodes that wait: half of a group under `extend`, half under `convert`. */
X86_INLINE void NAME(rounds_taking)(vector *x, int vectors, walk_pending *p, int convert) {
    const __m128i *keys = p->keys + convert;
    NAME(taker) t;
    NAME(open)(&t, p);
    UNROLL for (int round = 1; round < 5; round++) {
        vector key = broadcast(keys + 2 * round);
        UNROLL for (int i = 0; i < vectors; i++) x[i] = aesenc(x[i], key);
    }
    NAME(take)(&t, p);
    UNROLL for (int round = 5; round < 10; round++) {
        vector key = broadcast(keys + 2 * round);
        UNROLL for (int i = 0; i < vectors; i++) x[i] = aesenc(x[i], key);
    }
    NAME(close)(&t, p);
}
X86_INLINE void rounds_taking8(vector *x, walk_pending *p, int convert) { NAME(rounds_taking)(x, 8, p, convert); }
X86_INLINE void rounds_taking4(vector *x, walk_pending *p, int convert) { NAME(rounds_taking)(x, 4, p, convert); }
X86_INLINE int waits(const walk_pending *p, int convert) {
    (void)convert;
    return p->next != p->end;
}
#undef EACH

typedef __m256i key_pair;
X86_INLINE key_pair key_pair_load(const uint8_t *extend, const uint8_t *convert) {
    return _mm256_loadu2_m128i((const __m128i *)convert, (const __m128i *)extend);
}
X86_INLINE void key_pair_store(__m128i *out, key_pair key) { _mm256_storeu_si256((__m256i *)out, key); }
X86_INLINE key_pair key_pair_next(key_pair key, uint8_t constant) {
    const __m256i rotate = _mm256_set1_epi32(0x0c0f0e0d);
    __m256i word = _mm256_aesenclast_epi128(_mm256_shuffle_epi8(key, rotate), _mm256_set1_epi32(constant));
    key = _mm256_xor_si256(key, _mm256_slli_si256(key, 4));
    key = _mm256_xor_si256(key, _mm256_slli_si256(key, 8));
    return _mm256_xor_si256(key, word);
}
