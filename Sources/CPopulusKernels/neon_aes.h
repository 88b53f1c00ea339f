/* AES-128 and sigma with the AES instructions of ARMv8. Private to this folder; constant-time in key and data. */
#pragma once
#if defined(__aarch64__)
#include <arm_neon.h>
#include <stdint.h>

#define NEON __attribute__((target("aes")))
#define NEON_INLINE NEON static inline __attribute__((always_inline))
#define NEON_UNROLL _Pragma("clang loop unroll(full)")
/* Blocks in flight: an instruction takes several cycles, and more than one starts in each. */
#define NEON_LANES 8

/* The round keys of AES-128. */
typedef struct {
    uint8x16_t k[11];
} neon_schedule;

/* Two words, the low one first. */
NEON_INLINE uint8x16_t neon_words(uint64_t low, uint64_t high) {
    return vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)));
}

/* Words (lo, hi) become (hi, hi ^ lo). */
NEON_INLINE uint8x16_t neon_sigma(uint8x16_t x) {
    return veorq_u8(vextq_u8(x, x, 8), vandq_u8(x, neon_words(0, ~0ULL)));
}

/*
 * AES of `lanes` blocks, in place; `lanes` is a constant wherever this is inlined. The instruction adds the round key
 * first, the standard last: so the last key is a plain XOR.
 */
NEON_INLINE void neon_encrypt(const uint8x16_t *keys, uint8x16_t *x, int lanes) {
    NEON_UNROLL for (int round = 0; round < 9; round++) {
        uint8x16_t k = keys[round];
        NEON_UNROLL for (int i = 0; i < lanes; i++) x[i] = vaesmcq_u8(vaeseq_u8(x[i], k));
    }
    NEON_UNROLL for (int i = 0; i < lanes; i++) x[i] = veorq_u8(vaeseq_u8(x[i], keys[9]), keys[10]);
}

/* x[i] = AES(x[i]) ^ x[i]. */
NEON_INLINE void neon_hash(const uint8x16_t *keys, uint8x16_t *x, int lanes) {
    uint8x16_t y[NEON_LANES];
    NEON_UNROLL for (int i = 0; i < lanes; i++) y[i] = x[i];
    neon_encrypt(keys, y, lanes);
    NEON_UNROLL for (int i = 0; i < lanes; i++) x[i] = veorq_u8(x[i], y[i]);
}

/* FIPS 197, section 5.2. In a block of four equal columns ShiftRows does nothing, which leaves SubBytes. */
NEON_INLINE void neon_expand(const uint8_t *key, neon_schedule *schedule) {
    const uint8x16_t zero = vdupq_n_u8(0);
    uint8x16_t k = vld1q_u8(key);
    uint32_t rcon = 1;
    schedule->k[0] = k;
    for (int i = 1; i < 11; i++) {
        uint32x4_t word = vdupq_laneq_u32(vreinterpretq_u32_u8(k), 3);
        word = vreinterpretq_u32_u8(vaeseq_u8(vreinterpretq_u8_u32(word), zero));
        word = veorq_u32(vsriq_n_u32(vshlq_n_u32(word, 24), word, 8), vdupq_n_u32(rcon));
        k = veorq_u8(k, vextq_u8(zero, k, 12));
        k = veorq_u8(k, vextq_u8(zero, k, 8));
        k = veorq_u8(k, vreinterpretq_u8_u32(word));
        schedule->k[i] = k;
        rcon = (rcon << 1) ^ ((rcon >> 7) * 0x11b);
    }
}
#endif
