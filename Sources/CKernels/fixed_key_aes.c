#include "fixed_key_aes.h"

#include <string.h>

// The S-box is needed for the key schedule alone, and the key is public.
static const uint8_t sbox[256] = {
    0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76,
    0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0, 0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0,
    0xb7, 0xfd, 0x93, 0x26, 0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
    0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2, 0xeb, 0x27, 0xb2, 0x75,
    0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0, 0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84,
    0x53, 0xd1, 0x00, 0xed, 0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
    0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f, 0x50, 0x3c, 0x9f, 0xa8,
    0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5, 0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2,
    0xcd, 0x0c, 0x13, 0xec, 0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
    0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14, 0xde, 0x5e, 0x0b, 0xdb,
    0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c, 0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79,
    0xe7, 0xc8, 0x37, 0x6d, 0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
    0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f, 0x4b, 0xbd, 0x8b, 0x8a,
    0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e, 0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e,
    0xe1, 0xf8, 0x98, 0x11, 0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
    0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f, 0xb0, 0x54, 0xbb, 0x16,
};

// FIPS 197, section 5.2.
void populus_aes128_expand(populus_aes128_schedule *schedule, const uint8_t *key) {
    uint32_t w[44], rcon = 1;  // little-endian, as is all of this
    memcpy(w, key, 16);
    for (int i = 4; i < 44; i++) {
        uint32_t t = w[i - 1];
        if (i % 4 == 0) {
            // Of bytes 0, 1, 2, 3 the rotated word has 1, 2, 3, 0.
            t = sbox[t >> 8 & 0xff] | (uint32_t)sbox[t >> 16 & 0xff] << 8 | (uint32_t)sbox[t >> 24] << 16 |
                (uint32_t)sbox[t & 0xff] << 24;
            t ^= rcon;
            rcon = rcon << 1 ^ (rcon >> 7) * 0x11b;
        }
        w[i] = w[i - 4] ^ t;
    }
    memcpy(schedule->bytes, w, sizeof w);
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AESNI __attribute__((target("aes,ssse3,sse4.1"), always_inline)) static inline
#define LANES 8

AESNI __m128i sigma(__m128i x) {
    // Words (lo, hi) become (hi, hi ^ lo).
    __m128i swapped = _mm_shuffle_epi32(x, 0x4e);
    return _mm_xor_si128(swapped, _mm_slli_si128(_mm_srli_si128(x, 8), 8));
}

// Hashes `lanes` blocks held in registers, in place. `lanes` is a constant wherever this is inlined.
AESNI void hash_lanes(const __m128i *keys, __m128i *x, int lanes) {
    __m128i s[LANES];
    for (int i = 0; i < lanes; i++) {
        s[i] = sigma(x[i]);
        x[i] = _mm_xor_si128(s[i], _mm_load_si128(keys));
    }
    for (int round = 1; round < 10; round++) {
        __m128i k = _mm_load_si128(keys + round);
        for (int i = 0; i < lanes; i++) x[i] = _mm_aesenc_si128(x[i], k);
    }
    __m128i last = _mm_load_si128(keys + 10);
    for (int i = 0; i < lanes; i++) x[i] = _mm_xor_si128(_mm_aesenclast_si128(x[i], last), s[i]);
}

__attribute__((target("aes,ssse3,sse4.1"))) void populus_aes_hash_aesni(
    const populus_aes128_schedule *schedule, const void *input, uint64_t tweak, void *output, size_t count) {
    const __m128i *keys = (const __m128i *)schedule->bytes;
    const __m128i *in = input;
    __m128i *out = output;
    const __m128i t = _mm_set_epi64x(0, (long long)tweak);
    __m128i x[LANES];
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int j = 0; j < LANES; j++) x[j] = _mm_xor_si128(_mm_loadu_si128(in + i + j), t);
        hash_lanes(keys, x, LANES);
        for (int j = 0; j < LANES; j++) _mm_storeu_si128(out + i + j, x[j]);
    }
    for (; i < count; i++) {
        x[0] = _mm_xor_si128(_mm_loadu_si128(in + i), t);
        hash_lanes(keys, x, 1);
        _mm_storeu_si128(out + i, x[0]);
    }
}

__attribute__((target("aes,ssse3,sse4.1"))) void populus_aes_hash_pairs_aesni(
    const populus_aes128_schedule *schedule, const void *input, void *output, size_t count) {
    const __m128i *keys = (const __m128i *)schedule->bytes;
    const __m128i *in = input;
    __m128i *out = output;
    const __m128i one = _mm_set_epi64x(0, 1);
    __m128i x[LANES];
    size_t i = 0;
    for (; i + LANES / 2 <= count; i += LANES / 2) {
        for (int j = 0; j < LANES / 2; j++) {
            x[2 * j] = _mm_loadu_si128(in + i + j);
            x[2 * j + 1] = _mm_xor_si128(x[2 * j], one);
        }
        hash_lanes(keys, x, LANES);
        for (int j = 0; j < LANES; j++) _mm_storeu_si128(out + 2 * i + j, x[j]);
    }
    // Key generation hashes two seeds a call: four lanes, not twice two.
    for (; i + 2 <= count; i += 2) {
        for (int j = 0; j < 2; j++) {
            x[2 * j] = _mm_loadu_si128(in + i + j);
            x[2 * j + 1] = _mm_xor_si128(x[2 * j], one);
        }
        hash_lanes(keys, x, 4);
        for (int j = 0; j < 4; j++) _mm_storeu_si128(out + 2 * i + j, x[j]);
    }
    for (; i < count; i++) {
        x[0] = _mm_loadu_si128(in + i);
        x[1] = _mm_xor_si128(x[0], one);
        hash_lanes(keys, x, 2);
        for (int j = 0; j < 2; j++) _mm_storeu_si128(out + 2 * i + j, x[j]);
    }
}
#else
void populus_aes_hash_aesni(
    const populus_aes128_schedule *schedule, const void *input, uint64_t tweak, void *output, size_t count) {
    (void)schedule, (void)input, (void)tweak, (void)output, (void)count;
    __builtin_trap();
}

void populus_aes_hash_pairs_aesni(
    const populus_aes128_schedule *schedule, const void *input, void *output, size_t count) {
    (void)schedule, (void)input, (void)output, (void)count;
    __builtin_trap();
}
#endif
