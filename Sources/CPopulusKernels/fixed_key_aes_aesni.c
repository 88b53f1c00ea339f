#include "fixed_key_aes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AESNI __attribute__((target("aes,ssse3,sse4.1"), always_inline)) static inline
#define LANES 8

/*
 * FIPS 197, section 5.2. The last word, rotated and in all four columns, makes the last round of AES the substitution and the
 * addition of the round constant: ShiftRows changes nothing then.
 */
__attribute__((target("aes,ssse3,sse4.1"))) void populus_aes128_expand_aesni(
    populus_aes128_schedule *schedule, const uint8_t *key) {
    const __m128i rotated = _mm_set1_epi32(0x0c0f0e0d);
    __m128i *keys = (__m128i *)schedule->bytes, k = _mm_loadu_si128((const __m128i *)key);
    _mm_store_si128(keys, k);
    for (int round = 1, rcon = 1; round < 11; round++, rcon = rcon << 1 ^ (rcon >> 7) * 0x11b) {
        __m128i word = _mm_aesenclast_si128(_mm_shuffle_epi8(k, rotated), _mm_set1_epi32(rcon));
        k = _mm_xor_si128(k, _mm_slli_si128(k, 4));
        k = _mm_xor_si128(_mm_xor_si128(k, _mm_slli_si128(k, 8)), word);
        _mm_store_si128(keys + round, k);
    }
}

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

/* As `hash_lanes`, without sigma and the sum. */
AESNI void encrypt_lanes(const __m128i *keys, const __m128i *in, __m128i *out, int lanes) {
    __m128i x[LANES];
    for (int i = 0; i < lanes; i++) x[i] = _mm_xor_si128(_mm_loadu_si128(in + i), _mm_load_si128(keys));
    for (int round = 1; round < 10; round++) {
        __m128i k = _mm_load_si128(keys + round);
        for (int i = 0; i < lanes; i++) x[i] = _mm_aesenc_si128(x[i], k);
    }
    __m128i last = _mm_load_si128(keys + 10);
    for (int i = 0; i < lanes; i++) _mm_storeu_si128(out + i, _mm_aesenclast_si128(x[i], last));
}

__attribute__((target("aes,ssse3,sse4.1"))) void populus_aes128_encrypt_aesni(
    const populus_aes128_schedule *schedule, const void *input, void *output, size_t count) {
    const __m128i *keys = (const __m128i *)schedule->bytes;
    const __m128i *in = input;
    __m128i *out = output;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) encrypt_lanes(keys, in + i, out + i, LANES);
    for (; i < count; i++) encrypt_lanes(keys, in + i, out + i, 1);
}
#else
void populus_aes128_expand_aesni(populus_aes128_schedule *schedule, const uint8_t *key) {
    (void)schedule, (void)key;
    __builtin_trap();
}

void populus_aes128_encrypt_aesni(
    const populus_aes128_schedule *schedule, const void *input, void *output, size_t count) {
    (void)schedule, (void)input, (void)output, (void)count;
    __builtin_trap();
}

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
