#include "walk_keccak.h"
#include "neon_keccak.h"

#include <stdbool.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

const uint64_t walk_round_constants[12] = {
    0x000000008000808bULL, 0x800000000000008bULL, 0x8000000000008089ULL, 0x8000000000008003ULL,
    0x8000000000008002ULL, 0x8000000000000080ULL, 0x000000000000800aULL, 0x800000008000000aULL,
    0x8000000080008081ULL, 0x8000000000008080ULL, 0x0000000080000001ULL, 0x8000000080008008ULL,
};

/* Appends a block's words below the bound to the `have` elements of `vector`, up to `count`; returns how many it has. */
static size_t take_below(const uint64_t *words, uint64_t bound, uint64_t *vector, size_t have, size_t count) {
    uint64_t redraws = 0;
    for (int k = 0; k < RATE / 8; k++) redraws |= words[k] >= bound;
    if (redraws == 0) {
        size_t part = count - have < RATE / 8 ? count - have : RATE / 8;
        memcpy(vector + have, words, 8 * part);
        return have + part;
    }
    for (int k = 0; k < RATE / 8 && have < count; k++) {
        vector[have] = words[k];
        have += words[k] < bound;
    }
    return have;
}

#define ROL_SCALAR(x, n) ((n) == 0 ? (x) : (x) << ((n) & 63) | (x) >> ((64 - (n)) & 63))

#define LANE uint64_t
#define TARGET
#define NAME(x) x##_portable
#define XOR(x, y) ((x) ^ (y))
#define XOR3(x, y, z) ((x) ^ (y) ^ (z))
#define ROL ROL_SCALAR
#define CHI(x, y, z) ((x) ^ (~(y) & (z)))
#define CONSTANT(x) (x)
#include "walk_keccak_body.h"
#undef LANE
#undef TARGET
#undef NAME
#undef XOR

void walk_permute(uint64_t s[25]) { keccak_portable(s); }

#if defined(__x86_64__)
#define LANE uint64_t
#define TARGET __attribute__((target("bmi,bmi2")))
#define NAME(x) x##_bmi
#define XOR(x, y) ((x) ^ (y))
#define XOR3(x, y, z) ((x) ^ (y) ^ (z))
#define ROL ROL_SCALAR
#define CHI(x, y, z) ((x) ^ (~(y) & (z)))
#define CONSTANT(x) (x)
#include "walk_keccak_body.h"
#undef LANE
#undef TARGET
#undef NAME
#undef XOR

__attribute__((target("bmi,bmi2"))) static void permute_bmi(uint64_t s[25]) { keccak_bmi(s); }

/* Bytes move at once. */
#define ROL_AVX2(x, n)                                                                                           \
    ((n) == 0    ? (x)                                                                                           \
     : (n) == 8  ? _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(                                           \
                                              _mm_set_epi64x(0x0e0d0c0b0a09080f, 0x0605040302010007)))           \
     : (n) == 56 ? _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(                                           \
                                              _mm_set_epi64x(0x080f0e0d0c0b0a09, 0x0007060504030201)))           \
                 : _mm256_or_si256(_mm256_slli_epi64(x, n), _mm256_srli_epi64(x, 64 - (n))))

#define LANE __m256i
#define TARGET __attribute__((target("avx2")))
#define NAME(x) x##_avx2
#define XOR(x, y) _mm256_xor_si256(x, y)
#define XOR3(x, y, z) XOR(x, XOR(y, z))
#define ROL ROL_AVX2
#define CHI(x, y, z) _mm256_xor_si256(x, _mm256_andnot_si256(y, z))
#define CONSTANT(x) _mm256_set1_epi64x((long long)(x))
#include "walk_keccak_body.h"

/* Words 0 to 3 of four states, a vector each, to a vector for each state. */
__attribute__((target("avx2"))) static inline void transpose4(const __m256i words[4], __m256i row[4]) {
    __m256i ab0 = _mm256_unpacklo_epi64(words[0], words[1]), ab1 = _mm256_unpackhi_epi64(words[0], words[1]);
    __m256i cd0 = _mm256_unpacklo_epi64(words[2], words[3]), cd1 = _mm256_unpackhi_epi64(words[2], words[3]);
    row[0] = _mm256_permute2x128_si256(ab0, cd0, 0x20);
    row[1] = _mm256_permute2x128_si256(ab1, cd1, 0x20);
    row[2] = _mm256_permute2x128_si256(ab0, cd0, 0x31);
    row[3] = _mm256_permute2x128_si256(ab1, cd1, 0x31);
}

/* The `part` first lanes of each state, as consecutive words at out[i] + at. */
__attribute__((target("avx2"))) static inline void store_rows_avx2(const __m256i *state, uint64_t *const *out, size_t at,
                                                                   size_t part, int reports) {
    __m256i row[4];
    if (part == RATE / 8 && reports == 4) {
        _Pragma("clang loop unroll(full)") for (int k = 0; k + 4 < RATE / 8; k += 4) {
            transpose4(state + k, row);
            for (int i = 0; i < 4; i++) _mm256_storeu_si256((__m256i *)(out[i] + at + k), row[i]);
        }
        for (int i = 0; i < 4; i++) out[i][at + RATE / 8 - 1] = ((const uint64_t *)&state[RATE / 8 - 1])[i];
        return;
    }
    uint64_t rows[4][24] __attribute__((aligned(32)));
    for (int k = 0; k < RATE / 8; k += 4) {
        transpose4(state + k, row);
        for (int i = 0; i < 4; i++) _mm256_store_si256((__m256i *)(rows[i] + k), row[i]);
    }
    for (int i = 0; i < reports; i++) memcpy(out[i] + at, rows[i], 8 * part);
}

#define LANES 4
#define WIDE(x) _mm256_set1_epi64x((long long)(x))
#define LOAD(p) _mm256_load_si256((const __m256i *)(p))
#define MAX(x, y) _mm256_max_epu32(x, y)
#include "walk_rand_body.h"

/* Four sponges' words, a vector for each word; where there are fewer than four, the last is there again. */
__attribute__((target("avx2"))) static inline void load4(__m256i A[25], sponge *const *p, int count) {
    const uint64_t *s[4];
    for (int i = 0; i < 4; i++) s[i] = p[i < count ? i : count - 1]->s;
    for (int k = 0; k < 24; k += 4) {
        __m256i words[4];
        for (int i = 0; i < 4; i++) words[i] = _mm256_loadu_si256((const __m256i *)(s[i] + k));
        transpose4(words, A + k);
    }
    A[24] = _mm256_set_epi64x((long long)s[3][24], (long long)s[2][24], (long long)s[1][24], (long long)s[0][24]);
}

__attribute__((target("avx2"))) static inline void store4(const __m256i A[25], sponge *const *p, int count) {
    for (int k = 0; k < 24; k += 4) {
        __m256i row[4];
        transpose4(A + k, row);
        for (int i = 0; i < count; i++) _mm256_storeu_si256((__m256i *)(p[i]->s + k), row[i]);
    }
    uint64_t last[4];
    _mm256_storeu_si256((__m256i *)last, A[24]);
    for (int i = 0; i < count; i++) p[i]->s[24] = last[i];
}

__attribute__((target("avx2"))) static void permute4_avx2(sponge *const *p, int count) {
    __m256i A[25];
    load4(A, p, count);
    keccak_avx2(A);
    store4(A, p, count);
}

#define AVX512 "avx2,avx512f,avx512bw,avx512dq,avx512vl"

/* Four states with AVX-512's rotations and three-operand logic. */
#define LANE __m256i
#define TARGET __attribute__((target(AVX512)))
#define NAME(x) x##_avx512vl
#define XOR(x, y) _mm256_xor_si256(x, y)
#define XOR3(x, y, z) _mm256_ternarylogic_epi64(x, y, z, 0x96)
#define ROL(x, n) _mm256_rol_epi64(x, n)
#define CHI(x, y, z) _mm256_ternarylogic_epi64(x, y, z, 0xd2)
#define CONSTANT(x) _mm256_set1_epi64x((long long)(x))
#include "walk_keccak_body.h"
#undef LANE
#undef TARGET
#undef NAME
#undef XOR

__attribute__((target(AVX512))) static void permute4_avx512(sponge *const *p, int count) {
    __m256i A[25];
    load4(A, p, count);
    keccak_avx512vl(A);
    store4(A, p, count);
}

/* Eight states. */
#include "walk_keccak_avx512.h"

/* Report r of eight: words of lane r / 2 of `even` or `odd`, which hold the even and the odd reports' pairs of words. */
__attribute__((target(AVX512))) static inline void transpose_half(const __m512i pairs[4], __m512i row[4]) {
    __m512i u0 = _mm512_shuffle_i64x2(pairs[0], pairs[1], 0x88), u1 = _mm512_shuffle_i64x2(pairs[2], pairs[3], 0x88);
    __m512i v0 = _mm512_shuffle_i64x2(pairs[0], pairs[1], 0xdd), v1 = _mm512_shuffle_i64x2(pairs[2], pairs[3], 0xdd);
    row[0] = _mm512_shuffle_i64x2(u0, u1, 0x88);
    row[1] = _mm512_shuffle_i64x2(v0, v1, 0x88);
    row[2] = _mm512_shuffle_i64x2(u0, u1, 0xdd);
    row[3] = _mm512_shuffle_i64x2(v0, v1, 0xdd);
}

/* Eight vectors of eight words: word i of vector j becomes word j of vector i. */
__attribute__((target(AVX512))) static inline void transpose8(const __m512i words[8], __m512i row[8]) {
    __m512i pairs[2][4], half[4];
    for (int j = 0; j < 4; j++) {
        pairs[0][j] = _mm512_unpacklo_epi64(words[2 * j], words[2 * j + 1]);
        pairs[1][j] = _mm512_unpackhi_epi64(words[2 * j], words[2 * j + 1]);
    }
    for (int i = 0; i < 2; i++) {
        transpose_half(pairs[i], half);
        for (int j = 0; j < 4; j++) row[2 * j + i] = half[j];
    }
}

/* Eight sponges in step, of which `count` are real: in place of the others the last is there again. */
__attribute__((target(AVX512))) static void permute8_avx512(sponge *const *p, int count) {
    __m512i A[25], words[8];
    uint64_t last[8] __attribute__((aligned(64)));
    const uint64_t *s[8];
    for (int i = 0; i < 8; i++) s[i] = p[i < count ? i : count - 1]->s;
    for (int k = 0; k < 24; k += 8) {
        for (int i = 0; i < 8; i++) words[i] = _mm512_loadu_si512(s[i] + k);
        transpose8(words, A + k);
    }
    for (int i = 0; i < 8; i++) last[i] = s[i][24];
    A[24] = _mm512_load_si512(last);
    keccak_avx512(A);
    for (int k = 0; k < 24; k += 8) {
        transpose8(A + k, words);
        for (int i = 0; i < count; i++) _mm512_storeu_si512(p[i]->s + k, words[i]);
    }
    _mm512_store_si512(last, A[24]);
    for (int i = 0; i < count; i++) p[i]->s[24] = last[i];
}


__attribute__((target(AVX512))) static void store_rows_avx512(const __m512i *state, uint64_t *const *out, size_t at,
                                                              size_t part, int reports) {
    if (part == RATE / 8 && reports == 8) {
        __m512i row[8];
        for (size_t k = 0; k < 16; k += 8) {
            transpose8(state + k, row);
            for (int i = 0; i < 8; i++) _mm512_storeu_si512(out[i] + at + k, row[i]);
        }
        /* Masks would make these dearer. */
        transpose8(state + 16, row);
        for (int i = 0; i < 8; i++) {
            _mm256_storeu_si256((__m256i *)(out[i] + at + 16), _mm512_castsi512_si256(row[i]));
            _mm_storel_epi64((__m128i *)(out[i] + at + 20), _mm512_extracti32x4_epi32(row[i], 2));
        }
        return;
    }
    for (size_t k = 0; k < part; k += 8) {
        __m512i row[8];
        transpose8(state + k, row);
        __mmask8 wanted = part - k >= 8 ? 0xff : (__mmask8)((1u << (part - k)) - 1);
        for (int i = 0; i < reports; i++) _mm512_mask_storeu_epi64(out[i] + at + k, wanted, row[i]);
    }
}

#define LANES 8
#define WIDE(x) _mm512_set1_epi64((long long)(x))
#define LOAD(p) _mm512_load_si512(p)
#define MAX(x, y) _mm512_max_epu32(x, y)
#include "walk_rand_body.h"
#endif

void walk_permute8(int isa, sponge *const *p, int count) {
    int done = 0;
#if defined(__x86_64__)
    if (isa == WALK_AVX512 && count > 4) {
        permute8_avx512(p, count);
        return;
    }
    /* So many permutations one after the other cost more than four in step. */
    int least = isa == WALK_AVX512 ? 2 : 3;
    while (isa >= WALK_AESNI_AVX2 && count - done >= least) {
        int lanes = count - done < 4 ? count - done : 4;
        if (isa == WALK_AVX512) permute4_avx512(p + done, lanes);
        else permute4_avx2(p + done, lanes);
        done += lanes;
    }
    if (isa >= WALK_AESNI_AVX2) {
        for (; done < count; done++) permute_bmi(p[done]->s);
        return;
    }
#endif
#if defined(__aarch64__)
    if (isa == WALK_NEON_SHA3)
        for (; done + 2 <= count; done += 2) neon_keccak_p12_2(p[done]->s, p[done + 1]->s, walk_round_constants);
#endif
    (void)isa;
    for (; done < count; done++) walk_permute(p[done]->s);
}

void walk_derive_keys(const uint8_t *dst, size_t dst_length, const uint8_t *nonces, size_t reports, uint8_t *keys) {
    uint8_t length[2] = {(uint8_t)dst_length, (uint8_t)(dst_length >> 8)};
    sponge start = {{0}, 0};
    sponge_absorb(&start, length, 2);
    sponge_absorb(&start, dst, dst_length);
    for (size_t i = 0; i < reports; i++) {
        sponge p = start;
        sponge_absorb(&p, nonces + 16 * i, 16);
        sponge_pad(&p, 2);
        walk_permute(p.s);
        sponge_squeeze(&p, keys + 16 * i, 16);
    }
}

void walk_verify_rand(int isa, const walk_message *m, const uint8_t *nonces, const uint32_t *reports,
                      size_t report_count, size_t count, uint64_t bound, uint64_t *out) {
#if defined(__x86_64__)
    if (isa == WALK_AVX512) {
        if (verify_rand_avx512(m, nonces, reports, report_count, count, bound, out)) return;
    } else if (isa >= WALK_AESNI_AVX2) {
        if (verify_rand_avx2(m, nonces, reports, report_count, count, bound, out)) return;
    }
#endif
    sponge start = {{0}, 0};
    sponge_absorb(&start, m->head, m->head_length);
    for (size_t first = 0; first < report_count; first += 8) {
        int lanes = report_count - first < 8 ? (int)(report_count - first) : 8;
        sponge p[8];
        sponge *const all[8] = {&p[0], &p[1], &p[2], &p[3], &p[4], &p[5], &p[6], &p[7]};
        size_t have[8] = {0};
        for (int i = 0; i < lanes; i++) {
            p[i] = start;
            sponge_absorb(&p[i], nonces + 16 * (size_t)reports[first + i], 16);
            sponge_absorb(&p[i], m->tail, m->tail_length);
            sponge_pad(&p[i], 1);
        }
        /* The lanes run in step; a lane that redraws more than the others makes all of them run on. */
        for (;;) {
            walk_permute8(isa, all, lanes);
            int done = 1;
            for (int i = 0; i < lanes; i++) {
                uint64_t *vector = out + (first + i) * count;
                have[i] = take_below(p[i].s, bound, vector, have[i], count);
                done &= have[i] == count;
            }
            if (done) break;
        }
    }
}

void walk_correlated_start(int isa, const walk_message *m, const uint8_t *seeds, const uint8_t *nonces,
                           const uint32_t *reports, size_t report_count, uint8_t *sponges) {
    sponge start = {{0}, 0};
    sponge_absorb(&start, m->head, m->head_length);
    for (size_t first = 0; first < report_count; first += 8) {
        int lanes = report_count - first < 8 ? (int)(report_count - first) : 8;
        sponge p[8];
        sponge *const all[8] = {&p[0], &p[1], &p[2], &p[3], &p[4], &p[5], &p[6], &p[7]};
        for (int i = 0; i < lanes; i++) {
            p[i] = start;
            sponge_absorb(&p[i], seeds + 32 * (size_t)reports[first + i], 32);
            sponge_absorb(&p[i], m->middle, m->middle_length);
            sponge_absorb(&p[i], nonces + 16 * (size_t)reports[first + i], 16);
            sponge_pad(&p[i], 1);
        }
        walk_permute8(isa, all, lanes);
        memcpy(sponges + WALK_SPONGE_SIZE * first, p, WALK_SPONGE_SIZE * (size_t)lanes);
    }
}

/* Consumes what is left of the block, at most `elements` below the bound; returns how many are still wanted. */
static uint64_t correlated_take(sponge *p, uint64_t elements, uint64_t bound, uint64_t *out, uint64_t keep) {
    while (elements > 0 && p->position < RATE) {
        uint64_t x = p->s[p->position / 8];
        p->position += 8;
        if (x < bound) {
            elements--;
            if (elements < keep) out[keep - 1 - elements] = x;
        }
    }
    return elements;
}

void walk_correlated_next(int isa, uint8_t *sponges, size_t report_count, uint64_t skip, uint64_t bound,
                          uint64_t *abc) {
    for (size_t first = 0; first < report_count; first += 8) {
        int lanes = report_count - first < 8 ? (int)(report_count - first) : 8;
        sponge p[8];
        uint64_t wanted[8];
        memcpy(p, sponges + WALK_SPONGE_SIZE * first, WALK_SPONGE_SIZE * (size_t)lanes);
        for (int i = 0; i < lanes; i++) wanted[i] = skip + 3;
        for (;;) {
            sponge *dry[8];
            int count = 0;
            for (int i = 0; i < lanes; i++) {
                wanted[i] = correlated_take(&p[i], wanted[i], bound, abc + 3 * (first + i), 3);
                if (wanted[i] > 0) dry[count++] = &p[i];
            }
            if (count == 0) break;
            walk_permute8(isa, dry, count);
            for (int i = 0; i < count; i++) dry[i]->position = 0;
        }
        memcpy(sponges + WALK_SPONGE_SIZE * first, p, WALK_SPONGE_SIZE * (size_t)lanes);
    }
}
