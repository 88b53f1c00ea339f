#include "hmac_sha256.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void store_big(uint8_t *bytes, uint64_t x, int count) {
    for (int i = 0; i < count; i++) bytes[i] = (uint8_t)(x >> (8 * (count - 1 - i)));
}

/* Two rounds take the state as two registers, ABEF and CDGH from the highest word on. */
__attribute__((target("sha,sse4.1"))) static void compress(uint32_t state[8], const uint8_t *block) {
    const __m128i big = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i first = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
    __m128i last = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(first, last, 8), cdgh = _mm_blend_epi16(last, first, 0xf0);
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; i++) w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * i)), big);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
        __m128i k = _mm_add_epi32(w[i % 4], _mm_load_si128((const __m128i *)(constants + 4 * i)));
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, k);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(k, 0x0e));
        /* The words of four rounds later, in place of these. */
        __m128i next = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4));
        w[i % 4] = _mm_sha256msg2_epu32(next, w[(i + 3) % 4]);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
    first = _mm_shuffle_epi32(abef, 0x1b);
    last = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(first, last, 0xf0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(last, first, 8));
}
typedef struct {
    uint32_t state[8];
    uint8_t block[64];
    uint64_t count;
} hash;

static void begin(hash *h) {
    static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(h->state, initial, sizeof initial);
    h->count = 0;
}

static void add(hash *h, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        size_t filled = h->count % 64, part = 64 - filled < count ? 64 - filled : count;
        memcpy(h->block + filled, bytes, part);
        h->count += part;
        bytes += part;
        count -= part;
        if (h->count % 64 == 0) compress(h->state, h->block);
    }
}

static void finish(hash *h, uint8_t digest[32]) {
    uint8_t end[72] = {0x80};
    uint64_t bits = h->count * 8;
    size_t zeros = (119 - h->count % 64) % 64;
    store_big(end + 1 + zeros, bits, 8);
    add(h, end, zeros + 9);
    for (int i = 0; i < 8; i++) store_big(digest + 4 * i, h->state[i], 4);
}

void populus_hmac_sha256(const uint8_t *key, size_t key_count, const populus_part *parts, size_t count,
                         uint8_t *code) {
    uint8_t pad[64] = {0};
    hash h;
    if (key_count > 0) memcpy(pad, key, key_count);
    for (int i = 0; i < 64; i++) pad[i] ^= 0x36;
    begin(&h);
    add(&h, pad, sizeof pad);
    for (size_t i = 0; i < count; i++) add(&h, parts[i].bytes, parts[i].count);
    finish(&h, code);
    for (int i = 0; i < 64; i++) pad[i] ^= 0x36 ^ 0x5c;
    begin(&h);
    add(&h, pad, sizeof pad);
    add(&h, code, 32);
    finish(&h, code);
}
#endif
