#include "walk_keccak.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const uint64_t round_constants[12] = {
    0x000000008000808bULL, 0x800000000000008bULL, 0x8000000000008089ULL, 0x8000000000008003ULL,
    0x8000000000008002ULL, 0x8000000000000080ULL, 0x000000000000800aULL, 0x800000008000000aULL,
    0x8000000080008081ULL, 0x8000000000008080ULL, 0x0000000080000001ULL, 0x8000000080008008ULL,
};

/*
 * One round over named lanes, generic in the lane type: theta, rho and pi into B, chi and iota back into A.
 * Lane (x, y) is number x + 5 y.
 */
#define KECCAK_ROUND(LANE, XOR, XOR3, ROL, ANDNOT, RC)                                              \
    do {                                                                                            \
        LANE C[5], D[5], B[25];                                                                     \
        for (int x = 0; x < 5; x++)                                                                 \
            C[x] = XOR3(XOR(A[x], A[x + 5]), A[x + 10], XOR(A[x + 15], A[x + 20]));                 \
        D[0] = XOR(C[4], ROL(C[1], 1)); D[1] = XOR(C[0], ROL(C[2], 1));                             \
        D[2] = XOR(C[1], ROL(C[3], 1)); D[3] = XOR(C[2], ROL(C[4], 1));                             \
        D[4] = XOR(C[3], ROL(C[0], 1));                                                             \
        B[0] = XOR(A[0], D[0]);                                                                     \
        B[10] = ROL(XOR(A[1], D[1]), 1);   B[20] = ROL(XOR(A[2], D[2]), 62);                        \
        B[5] = ROL(XOR(A[3], D[3]), 28);   B[15] = ROL(XOR(A[4], D[4]), 27);                        \
        B[16] = ROL(XOR(A[5], D[0]), 36);  B[1] = ROL(XOR(A[6], D[1]), 44);                         \
        B[11] = ROL(XOR(A[7], D[2]), 6);   B[21] = ROL(XOR(A[8], D[3]), 55);                        \
        B[6] = ROL(XOR(A[9], D[4]), 20);   B[7] = ROL(XOR(A[10], D[0]), 3);                         \
        B[17] = ROL(XOR(A[11], D[1]), 10); B[2] = ROL(XOR(A[12], D[2]), 43);                        \
        B[12] = ROL(XOR(A[13], D[3]), 25); B[22] = ROL(XOR(A[14], D[4]), 39);                       \
        B[23] = ROL(XOR(A[15], D[0]), 41); B[8] = ROL(XOR(A[16], D[1]), 45);                        \
        B[18] = ROL(XOR(A[17], D[2]), 15); B[3] = ROL(XOR(A[18], D[3]), 21);                        \
        B[13] = ROL(XOR(A[19], D[4]), 8);  B[14] = ROL(XOR(A[20], D[0]), 18);                       \
        B[24] = ROL(XOR(A[21], D[1]), 2);  B[9] = ROL(XOR(A[22], D[2]), 61);                        \
        B[19] = ROL(XOR(A[23], D[3]), 56); B[4] = ROL(XOR(A[24], D[4]), 14);                        \
        for (int y = 0; y < 25; y += 5)                                                             \
            for (int x = 0; x < 5; x++)                                                             \
                A[y + x] = XOR(B[y + x], ANDNOT(B[y + (x + 1) % 5], B[y + (x + 2) % 5]));           \
        A[0] = XOR(A[0], RC);                                                                       \
    } while (0)

#define XOR_1(a, b) ((a) ^ (b))
#define XOR3_1(a, b, c) ((a) ^ (b) ^ (c))
#define ROL_1(a, n) (((a) << (n)) | ((a) >> (64 - (n))))
#define ANDNOT_1(a, b) (~(a) & (b))

void walk_permute(uint64_t s[25]) {
    uint64_t A[25];
    memcpy(A, s, 200);
    for (int round = 0; round < 12; round++)
        KECCAK_ROUND(uint64_t, XOR_1, XOR3_1, ROL_1, ANDNOT_1, round_constants[round]);
    memcpy(s, A, 200);
}

#if defined(__x86_64__)
#define XOR_4(a, b) _mm256_xor_si256(a, b)
#define XOR3_4(a, b, c) _mm256_xor_si256(_mm256_xor_si256(a, b), c)
#define ROL_4(a, n) _mm256_or_si256(_mm256_slli_epi64(a, n), _mm256_srli_epi64(a, 64 - (n)))
#define ANDNOT_4(a, b) _mm256_andnot_si256(a, b)

__attribute__((target("avx2"))) static void permute4_avx2(sponge *const p[4]) {
    __m256i A[25];
    for (int i = 0; i < 24; i += 4) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(p[0]->s + i));
        __m256i b = _mm256_loadu_si256((const __m256i *)(p[1]->s + i));
        __m256i c = _mm256_loadu_si256((const __m256i *)(p[2]->s + i));
        __m256i d = _mm256_loadu_si256((const __m256i *)(p[3]->s + i));
        __m256i ab0 = _mm256_unpacklo_epi64(a, b), ab1 = _mm256_unpackhi_epi64(a, b);
        __m256i cd0 = _mm256_unpacklo_epi64(c, d), cd1 = _mm256_unpackhi_epi64(c, d);
        A[i] = _mm256_permute2x128_si256(ab0, cd0, 0x20);
        A[i + 1] = _mm256_permute2x128_si256(ab1, cd1, 0x20);
        A[i + 2] = _mm256_permute2x128_si256(ab0, cd0, 0x31);
        A[i + 3] = _mm256_permute2x128_si256(ab1, cd1, 0x31);
    }
    A[24] = _mm256_set_epi64x((long long)p[3]->s[24], (long long)p[2]->s[24], (long long)p[1]->s[24],
                              (long long)p[0]->s[24]);
    for (int round = 0; round < 12; round++)
        KECCAK_ROUND(__m256i, XOR_4, XOR3_4, ROL_4, ANDNOT_4,
                     _mm256_set1_epi64x((long long)round_constants[round]));
    for (int i = 0; i < 24; i += 4) {
        __m256i ab0 = _mm256_unpacklo_epi64(A[i], A[i + 1]), ab1 = _mm256_unpackhi_epi64(A[i], A[i + 1]);
        __m256i cd0 = _mm256_unpacklo_epi64(A[i + 2], A[i + 3]), cd1 = _mm256_unpackhi_epi64(A[i + 2], A[i + 3]);
        _mm256_storeu_si256((__m256i *)(p[0]->s + i), _mm256_permute2x128_si256(ab0, cd0, 0x20));
        _mm256_storeu_si256((__m256i *)(p[1]->s + i), _mm256_permute2x128_si256(ab1, cd1, 0x20));
        _mm256_storeu_si256((__m256i *)(p[2]->s + i), _mm256_permute2x128_si256(ab0, cd0, 0x31));
        _mm256_storeu_si256((__m256i *)(p[3]->s + i), _mm256_permute2x128_si256(ab1, cd1, 0x31));
    }
    uint64_t last[4];
    _mm256_storeu_si256((__m256i *)last, A[24]);
    for (int i = 0; i < 4; i++) p[i]->s[24] = last[i];
}
#endif

void walk_permute4(int isa, sponge *const p[4], int count) {
#if defined(__x86_64__)
    if (isa >= WALK_AESNI_AVX2 && count == 4) {
        permute4_avx2(p);
        return;
    }
#endif
    (void)isa;
    for (int i = 0; i < count; i++) walk_permute(p[i]->s);
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

void walk_verify_rand(int isa, const walk_message *m, const uint8_t *nonces, const uint32_t *reports,
                      size_t report_count, size_t count, uint64_t bound, uint64_t *out) {
    sponge start = {{0}, 0};
    sponge_absorb(&start, m->head, m->head_length);
    for (size_t first = 0; first < report_count; first += 4) {
        int lanes = report_count - first < 4 ? (int)(report_count - first) : 4;
        sponge p[4];
        sponge *const all[4] = {&p[0], &p[1], &p[2], &p[3]};
        size_t have[4] = {0, 0, 0, 0};
        for (int i = 0; i < lanes; i++) {
            p[i] = start;
            sponge_absorb(&p[i], nonces + 16 * (size_t)reports[first + i], 16);
            sponge_absorb(&p[i], m->tail, m->tail_length);
            sponge_pad(&p[i], 1);
        }
        /* The lanes run in step; a lane that redraws more than the others makes all of them run on. */
        for (;;) {
            walk_permute4(isa, all, lanes);
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
    for (size_t first = 0; first < report_count; first += 4) {
        int lanes = report_count - first < 4 ? (int)(report_count - first) : 4;
        sponge p[4];
        sponge *const all[4] = {&p[0], &p[1], &p[2], &p[3]};
        for (int i = 0; i < lanes; i++) {
            p[i] = start;
            sponge_absorb(&p[i], seeds + 32 * (size_t)reports[first + i], 32);
            sponge_absorb(&p[i], m->middle, m->middle_length);
            sponge_absorb(&p[i], nonces + 16 * (size_t)reports[first + i], 16);
            sponge_pad(&p[i], 1);
        }
        walk_permute4(isa, all, lanes);
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
    for (size_t first = 0; first < report_count; first += 4) {
        int lanes = report_count - first < 4 ? (int)(report_count - first) : 4;
        sponge p[4];
        uint64_t wanted[4];
        memcpy(p, sponges + WALK_SPONGE_SIZE * first, WALK_SPONGE_SIZE * (size_t)lanes);
        for (int i = 0; i < lanes; i++) wanted[i] = skip + 3;
        for (;;) {
            sponge *dry[4] = {&p[0], &p[0], &p[0], &p[0]};
            int count = 0;
            for (int i = 0; i < lanes; i++) {
                wanted[i] = correlated_take(&p[i], wanted[i], bound, abc + 3 * (first + i), 3);
                if (wanted[i] > 0) dry[count++] = &p[i];
            }
            if (count == 0) break;
            walk_permute4(isa, dry, count);
            for (int i = 0; i < count; i++) dry[i]->position = 0;
        }
        memcpy(sponges + WALK_SPONGE_SIZE * first, p, WALK_SPONGE_SIZE * (size_t)lanes);
    }
}
