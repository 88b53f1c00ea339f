/* Vectors of one or two AES blocks for walk_inner_x86_body.h, by WIDTH. Private to this folder; no include guard. */

#define vector NAME(vector)
#define xor NAME(xor)
#define and NAME(and)
#define clear_lowest NAME(clear_lowest)
#define node_bits NAME(node_bits)
#define lowest NAME(lowest)
#define add_where NAME(add_where)
#define spread_lowest NAME(spread_lowest)
#define select NAME(select)
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

/* Copies words; a full group's count is a constant. */
X86_INLINE void store_rand(uint64_t *out, const uint64_t *rand, uint32_t count) {
    if (count == LANES) {
        memcpy(out, rand, 8 * LANES);
    } else {
        _Pragma("clang loop vectorize(disable) unroll(disable)") for (uint32_t j = 0; j < count; j++) {
            out[j] = rand[j];
            __asm__("" : : : "memory"); /* or it becomes a call, which would spill vectors */
        }
    }
}

#if WIDTH == 1
typedef __m128i vector;
/* A bit of each node, in all bytes or all words of 32 bits. */
typedef vector node_bits;
X86_INLINE vector xor(vector a, vector b) { return _mm_xor_si128(a, b); }
X86_INLINE vector and(vector a, vector b) { return _mm_and_si128(a, b); }
/* x where a node's bit is 1, else zero. */
X86_INLINE vector select(vector bits, vector x) { return _mm_sign_epi32(x, bits); }
X86_INLINE vector clear_lowest(vector x) { return _mm_andnot_si128(_mm_set_epi64x(0, 1), x); }
X86_INLINE node_bits spread_lowest(vector x) { return _mm_shuffle_epi32(_mm_and_si128(x, _mm_set_epi64x(0, 1)), 0); }
X86_INLINE node_bits lowest(vector x) { return spread_lowest(x); }
/* a ^ b where a node's bit is 1, else a. */
X86_INLINE vector add_where(vector a, node_bits bits, vector b) { return xor(a, select(bits, b)); }
X86_INLINE vector aesenc(vector x, vector key) { return _mm_aesenc_si128(x, key); }
X86_INLINE vector aesenclast(vector x, vector key) { return _mm_aesenclast_si128(x, key); }
X86_INLINE vector broadcast(const __m128i *block) { return _mm_load_si128(block); }
X86_INLINE vector repeat(uint64_t low, uint64_t high) { return _mm_set_epi64x((long long)high, (long long)low); }
X86_INLINE vector repeat_block(__m128i x) { return x; }
X86_INLINE vector add_sides(vector x, int i) { return i % 2 ? xor(x, repeat(0, 1)) : x; }
X86_INLINE __m128i low_block(vector x) { return x; }
X86_INLINE vector sigma(vector x) { return sigma128(x); }
X86_INLINE void store(uint64_t *out, vector x) { _mm_store_si128((__m128i *)out, x); }
X86_INLINE void store_blocks(uint8_t *out, vector x, uint32_t blocks) {
    (void)blocks;
    _mm_storeu_si128((__m128i *)out, x);
}
/* The greater of each half word; and whether the upper half of a word is not below that of the bound, both signed. */
X86_INLINE vector greatest(vector a, vector b) { return _mm_max_epi32(a, b); }
X86_INLINE int any_from(vector x, vector bound) {
    return (_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpgt_epi32(bound, x))) & 0xa) != 0xa;
}

/*
 * The sum mod p of a canonical element, its top bit flipped, and where a node's bit is 1 another; not necessarily canonical.
 */
X86_INLINE vector add_flipped(vector flipped, node_bits bits, vector addend) {
    const __m128d flip = _mm_castsi128_pd(repeat(1ULL << 63, 1ULL << 63));
    const __m128d flip_carried = _mm_castsi128_pd(repeat(1ULL << 63 | E64, 1ULL << 63 | E64));
    vector sum = _mm_add_epi64(flipped, select(bits, addend));
    __m128d carry = _mm_castsi128_pd(_mm_cmpgt_epi64(flipped, sum));
    return _mm_add_epi64(sum, _mm_castpd_si128(_mm_blendv_pd(flip, flip_carried, carry)));
}

/* Adds the halves of each block's low word to two words of `sums`. */
X86_INLINE void add_halves(uint64_t *sums, vector values) {
    __m128i *out = (__m128i *)sums;
    _mm_storeu_si128(out, _mm_add_epi64(_mm_loadu_si128(out), _mm_cvtepu32_epi64(values)));
}

X86_INLINE void store_ctrl(uint8_t *out, const node_bits *mask, int vectors) {
    vector low = _mm_packs_epi16(_mm_packs_epi32(mask[0], mask[1]), _mm_packs_epi32(mask[2], mask[3])), high = low;
    if (vectors == 8)
        high = _mm_packs_epi16(_mm_packs_epi32(mask[4], mask[5]), _mm_packs_epi32(mask[6], mask[7]));
    vector words = _mm_packs_epi32(low, high);
    words = _mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1));
    if (vectors == 8) _mm_storel_epi64((__m128i *)out, words);
    else _mm_storeu_si32(out, words);
}

/*
 * Seeds through sigma, control bits and corrections; lanes past the count repeat the first. The child's bit is left to the
 * keys where all nodes are pairs of siblings.
 */
X86_INLINE void load_nodes(vector *x, node_bits *bit, vector *correction, const walk_task *task, const __m128i *child,
                           size_t first, uint32_t count, int vectors, int pairs) {
    const uint8_t *in = task->in, *ctrl = in + 16 * (size_t)task->in_count, *right = task->level->bits + first;
    const uint32_t *parents = task->level->parents + first;
    UNROLL for (int i = 0; i < vectors; i++) {
        int node = (uint32_t)i < count ? i : 0;
        if (pairs && i % 2 == 1) {
            x[i] = x[i - 1];
            bit[i] = bit[i - 1];
            correction[i] = child[1];
        } else {
            size_t parent = parents[node], side = pairs ? 0 : right[node];
            x[i] = sigma(_mm_loadu_si128((const __m128i *)(in + 16 * parent)));
            if (!pairs) x[i] = xor(x[i], _mm_slli_si128(_mm_cvtsi32_si128((int)side), 8));
            bit[i] = _mm_set1_epi8((char)ctrl[parent]);
            correction[i] = child[side];
        }
    }
}

typedef struct { __m128i extend, convert; } key_pair;
X86_INLINE key_pair key_pair_load(const uint8_t *extend, const uint8_t *convert) {
    return (key_pair){_mm_loadu_si128((const __m128i *)extend), _mm_loadu_si128((const __m128i *)convert)};
}
X86_INLINE void key_pair_store(__m128i *out, key_pair key) {
    out[0] = key.extend;
    out[1] = key.convert;
}
X86_INLINE __m128i NAME(next_key)(__m128i key, __m128i constant) {
    const __m128i rotate = _mm_set1_epi32(0x0c0f0e0d);
    __m128i word = _mm_aesenclast_si128(_mm_shuffle_epi8(key, rotate), constant);
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
    return _mm_xor_si128(key, word);
}
X86_INLINE key_pair key_pair_next(key_pair key, uint8_t constant) {
    __m128i word = _mm_set1_epi32(constant);
    return (key_pair){NAME(next_key)(key.extend, word), NAME(next_key)(key.convert, word)};
}

#elif WIDTH == 2
typedef __m256i vector;
typedef vector node_bits;
X86_INLINE vector xor(vector a, vector b) { return _mm256_xor_si256(a, b); }
X86_INLINE vector and(vector a, vector b) { return _mm256_and_si256(a, b); }
X86_INLINE vector select(vector bits, vector x) { return _mm256_sign_epi32(x, bits); }
X86_INLINE vector clear_lowest(vector x) { return _mm256_andnot_si256(_mm256_set_epi64x(0, 1, 0, 1), x); }
X86_INLINE node_bits spread_lowest(vector x) {
    return _mm256_shuffle_epi32(_mm256_and_si256(x, _mm256_set_epi64x(0, 1, 0, 1)), 0);
}
X86_INLINE node_bits lowest(vector x) { return spread_lowest(x); }
X86_INLINE vector add_where(vector a, node_bits bits, vector b) { return xor(a, select(bits, b)); }
X86_INLINE vector aesenc(vector x, vector key) { return _mm256_aesenc_epi128(x, key); }
X86_INLINE vector aesenclast(vector x, vector key) { return _mm256_aesenclast_epi128(x, key); }
X86_INLINE vector broadcast(const __m128i *block) { return _mm256_broadcastsi128_si256(_mm_load_si128(block)); }
X86_INLINE vector repeat(uint64_t low, uint64_t high) {
    return _mm256_broadcastsi128_si256(_mm_set_epi64x((long long)high, (long long)low));
}
X86_INLINE vector repeat_block(__m128i x) { return _mm256_broadcastsi128_si256(x); }
X86_INLINE vector add_sides(vector x, int i) { (void)i; return xor(x, _mm256_set_epi64x(1, 0, 0, 0)); }
X86_INLINE __m128i low_block(vector x) { return _mm256_castsi256_si128(x); }
X86_INLINE vector sigma(vector x) {
    return xor(_mm256_shuffle_epi32(x, 0x4e), _mm256_and_si256(x, repeat(0, ~0ULL)));
}
X86_INLINE void store(uint64_t *out, vector x) { _mm256_store_si256((__m256i *)out, x); }
X86_INLINE void store_blocks(uint8_t *out, vector x, uint32_t blocks) {
    if (blocks >= 2) _mm256_storeu_si256((__m256i *)out, x);
    else _mm_storeu_si128((__m128i *)out, low_block(x));
}
X86_INLINE vector greatest(vector a, vector b) { return _mm256_max_epi32(a, b); }
X86_INLINE int any_from(vector x, vector bound) {
    return (_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(bound, x))) & 0xaa) != 0xaa;
}

/*
 * The sum mod p of a canonical element, its top bit flipped, and where a node's bit is 1 another; not necessarily canonical.
 */
X86_INLINE vector add_flipped(vector flipped, node_bits bits, vector addend) {
    const __m256d flip = _mm256_castsi256_pd(repeat(1ULL << 63, 1ULL << 63));
    const __m256d flip_carried = _mm256_castsi256_pd(repeat(1ULL << 63 | E64, 1ULL << 63 | E64));
    vector sum = _mm256_add_epi64(flipped, select(bits, addend));
    __m256d carry = _mm256_castsi256_pd(_mm256_cmpgt_epi64(flipped, sum));
    return _mm256_add_epi64(sum, _mm256_castpd_si256(_mm256_blendv_pd(flip, flip_carried, carry)));
}

/* Adds the halves of each block's low word to two words of `sums`. */
X86_INLINE void add_halves(uint64_t *sums, vector values) {
    const vector halves = repeat(0x8080808003020100, 0x8080808007060504);
    __m256i *out = (__m256i *)sums;
    _mm256_storeu_si256(out, _mm256_add_epi64(_mm256_loadu_si256(out), _mm256_shuffle_epi8(values, halves)));
}

X86_INLINE void store_ctrl(uint8_t *out, const node_bits *mask, int vectors) {
    vector low = _mm256_packs_epi16(_mm256_packs_epi32(mask[0], mask[1]), _mm256_packs_epi32(mask[2], mask[3]));
    vector high = low;
    if (vectors == 8)
        high = _mm256_packs_epi16(_mm256_packs_epi32(mask[4], mask[5]), _mm256_packs_epi32(mask[6], mask[7]));
    vector words = _mm256_packs_epi32(low, high);
    __m128i even = _mm256_castsi256_si128(words), odd = _mm256_extracti128_si256(words, 1);
    __m128i bytes = _mm_packs_epi16(_mm_unpacklo_epi16(even, odd), _mm_unpackhi_epi16(even, odd));
    bytes = _mm_and_si128(bytes, _mm_set1_epi8(1));
    if (vectors == 8) _mm_storeu_si128((__m128i *)out, bytes);
    else _mm_storel_epi64((__m128i *)out, bytes);
}

/* As above. */
X86_INLINE void load_nodes(vector *x, node_bits *bit, vector *correction, const walk_task *task, const __m128i *child,
                           size_t first, uint32_t count, int vectors, int pairs) {
    const uint8_t *in = task->in, *ctrl = in + 16 * (size_t)task->in_count, *right = task->level->bits + first;
    const uint32_t *parents = task->level->parents + first;
    UNROLL for (int i = 0; i < vectors; i++) {
        int node = 2 * (uint32_t)i < count ? 2 * i : 0, other = 2 * (uint32_t)i + 1 < count ? node + 1 : 0;
        size_t parent = parents[node];
        const uint8_t *seed = in + 16 * parent;
        if (pairs) {
            vector both = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)seed));
            __asm__("" : "+x"(both)); /* or sigma's shuffle becomes one across halves, which is slower */
            x[i] = sigma(both);
            bit[i] = _mm256_set1_epi8((char)ctrl[parent]);
            correction[i] = _mm256_loadu_si256((const __m256i *)child);
        } else {
            const uint8_t *second = in + 16 * (size_t)parents[other];
            x[i] = sigma(_mm256_loadu2_m128i((const __m128i *)second, (const __m128i *)seed));
            x[i] = xor(x[i], _mm256_set_epi64x(right[other], 0, right[node], 0));
            bit[i] = _mm256_set_m128i(_mm_set1_epi8((char)ctrl[parents[other]]), _mm_set1_epi8((char)ctrl[parent]));
            correction[i] = _mm256_loadu2_m128i(child + right[other], child + right[node]);
        }
    }
}

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
#endif

/*
 * Rounds 1 to 9 under `extend` and the arithmetic of the first half of the nodes that wait, or under `convert` and that of the
 * second. Operands of assembly have to be constants for compilers that do not optimise, too.
 */
X86_INLINE void rounds_taking8(vector *x, walk_pending *p, int convert) {
    if (!convert) WALK_X86_ASM_EIGHT(TAKING_HALF(ROUND_EIGHT, TAKE), 0, 0);
    else WALK_X86_ASM_EIGHT(TAKING_HALF(ROUND_EIGHT, TAKE), 1, LANES / 2);
}
X86_INLINE void rounds_taking4(vector *x, walk_pending *p, int convert) {
    if (!convert) WALK_X86_ASM_FOUR(TAKING_HALF(ROUND_FOUR, TAKE), 0, 0);
    else WALK_X86_ASM_FOUR(TAKING_HALF(ROUND_FOUR, TAKE), 1, LANES / 2);
}
X86_INLINE int waits(const walk_pending *p, int convert) { return p->end > 8 * (uint64_t)(LANES / 2 * convert); }
/* Encrypts zeros for the sake of the nodes that wait. */
X86_INLINE void take_rest(walk_pending *p) {
    vector x[4] = {repeat(0, 0), repeat(0, 0), repeat(0, 0), repeat(0, 0)};
    if (waits(p, 0)) rounds_taking4(x, p, 0);
    if (waits(p, 1)) rounds_taking4(x, p, 1);
}
X86_INLINE void fold(walk_pending *p) { (void)p; }
#undef ROUND_EIGHT
#undef ROUND_FOUR
#undef TAKING_HALF
#undef TAKE
