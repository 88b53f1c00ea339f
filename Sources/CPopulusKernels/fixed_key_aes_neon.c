#include "fixed_key_aes.h"
#include "neon_aes.h"

#include <string.h>

#if defined(__aarch64__)
_Static_assert(sizeof(neon_schedule) == sizeof(populus_aes128_schedule), "the same in other words");

NEON void populus_aes128_expand_neon(populus_aes128_schedule *schedule, const uint8_t *key) {
    neon_schedule keys;
    neon_expand(key, &keys);
    memcpy(schedule->bytes, &keys, sizeof keys);
}

NEON void populus_aes128_encrypt_neon(
    const populus_aes128_schedule *schedule, const void *input, void *output, size_t count) {
    const uint8x16_t *keys = (const uint8x16_t *)schedule->bytes;
    const uint8_t *in = input;
    uint8_t *out = output;
    uint8x16_t x[NEON_LANES];
    size_t i = 0;
    for (; i + NEON_LANES <= count; i += NEON_LANES) {
        NEON_UNROLL for (size_t j = 0; j < NEON_LANES; j++) x[j] = vld1q_u8(in + 16 * (i + j));
        neon_encrypt(keys, x, NEON_LANES);
        NEON_UNROLL for (size_t j = 0; j < NEON_LANES; j++) vst1q_u8(out + 16 * (i + j), x[j]);
    }
    for (; i < count; i++) {
        x[0] = vld1q_u8(in + 16 * i);
        neon_encrypt(keys, x, 1);
        vst1q_u8(out + 16 * i, x[0]);
    }
}

NEON_INLINE void hash_blocks(const populus_aes128_schedule *schedule, uint8x16_t *x, int lanes) {
    NEON_UNROLL for (int i = 0; i < lanes; i++) x[i] = neon_sigma(x[i]);
    neon_hash((const uint8x16_t *)schedule->bytes, x, lanes);
}

NEON void populus_aes_hash_neon(
    const populus_aes128_schedule *schedule, const void *input, uint64_t tweak, void *output, size_t count) {
    const uint8_t *in = input;
    uint8_t *out = output;
    const uint8x16_t t = neon_words(tweak, 0);
    uint8x16_t x[NEON_LANES];
    size_t i = 0;
    for (; i + NEON_LANES <= count; i += NEON_LANES) {
        NEON_UNROLL for (size_t j = 0; j < NEON_LANES; j++) x[j] = veorq_u8(vld1q_u8(in + 16 * (i + j)), t);
        hash_blocks(schedule, x, NEON_LANES);
        NEON_UNROLL for (size_t j = 0; j < NEON_LANES; j++) vst1q_u8(out + 16 * (i + j), x[j]);
    }
    for (; i < count; i++) {
        x[0] = veorq_u8(vld1q_u8(in + 16 * i), t);
        hash_blocks(schedule, x, 1);
        vst1q_u8(out + 16 * i, x[0]);
    }
}

/* `seeds` seeds' pairs; a constant wherever this is inlined. */
NEON_INLINE void hash_pairs(const populus_aes128_schedule *schedule, const uint8_t *in, uint8_t *out, int seeds) {
    const uint8x16_t one = neon_words(1, 0);
    uint8x16_t x[NEON_LANES];
    NEON_UNROLL for (int j = 0; j < seeds; j++) {
        x[2 * j] = vld1q_u8(in + 16 * j);
        x[2 * j + 1] = veorq_u8(x[2 * j], one);
    }
    hash_blocks(schedule, x, 2 * seeds);
    NEON_UNROLL for (int j = 0; j < 2 * seeds; j++) vst1q_u8(out + 16 * j, x[j]);
}

NEON void populus_aes_hash_pairs_neon(
    const populus_aes128_schedule *schedule, const void *input, void *output, size_t count) {
    const uint8_t *in = input;
    uint8_t *out = output;
    size_t i = 0;
    for (; i + 4 <= count; i += 4) hash_pairs(schedule, in + 16 * i, out + 32 * i, 4);
    /* Key generation hashes two seeds a call. */
    if (i + 2 <= count) {
        hash_pairs(schedule, in + 16 * i, out + 32 * i, 2);
        i += 2;
    }
    if (i < count) hash_pairs(schedule, in + 16 * i, out + 32 * i, 1);
}
#else
void populus_aes128_expand_neon(populus_aes128_schedule *schedule, const uint8_t *key) {
    (void)schedule, (void)key;
    __builtin_trap();
}

void populus_aes128_encrypt_neon(
    const populus_aes128_schedule *schedule, const void *input, void *output, size_t count) {
    (void)schedule, (void)input, (void)output, (void)count;
    __builtin_trap();
}

void populus_aes_hash_neon(
    const populus_aes128_schedule *schedule, const void *input, uint64_t tweak, void *output, size_t count) {
    (void)schedule, (void)input, (void)tweak, (void)output, (void)count;
    __builtin_trap();
}

void populus_aes_hash_pairs_neon(
    const populus_aes128_schedule *schedule, const void *input, void *output, size_t count) {
    (void)schedule, (void)input, (void)output, (void)count;
    __builtin_trap();
}
#endif
