#include "turboshake.h"

#include <string.h>

static const uint64_t round_constants[12] = {
    // The last twelve of Keccak-f[1600]'s 24.
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static inline uint64_t rol(uint64_t x, int n) { return (x << n) | (x >> (64 - n)); }

// The lanes live in local variables, so that they stay in registers as far as there are any.
static inline __attribute__((always_inline)) void keccak_p12(uint64_t *a) {
    uint64_t a00 = a[0], a10 = a[1], a20 = a[2], a30 = a[3], a40 = a[4];
    uint64_t a01 = a[5], a11 = a[6], a21 = a[7], a31 = a[8], a41 = a[9];
    uint64_t a02 = a[10], a12 = a[11], a22 = a[12], a32 = a[13], a42 = a[14];
    uint64_t a03 = a[15], a13 = a[16], a23 = a[17], a33 = a[18], a43 = a[19];
    uint64_t a04 = a[20], a14 = a[21], a24 = a[22], a34 = a[23], a44 = a[24];
    for (int round = 0; round < 12; round++) {
        // theta
        uint64_t c0 = a00 ^ a01 ^ a02 ^ a03 ^ a04;
        uint64_t c1 = a10 ^ a11 ^ a12 ^ a13 ^ a14;
        uint64_t c2 = a20 ^ a21 ^ a22 ^ a23 ^ a24;
        uint64_t c3 = a30 ^ a31 ^ a32 ^ a33 ^ a34;
        uint64_t c4 = a40 ^ a41 ^ a42 ^ a43 ^ a44;
        uint64_t d0 = c4 ^ rol(c1, 1), d1 = c0 ^ rol(c2, 1), d2 = c1 ^ rol(c3, 1);
        uint64_t d3 = c2 ^ rol(c4, 1), d4 = c3 ^ rol(c0, 1);
        // rho and pi
        uint64_t b00 = a00 ^ d0, b10 = rol(a11 ^ d1, 44), b20 = rol(a22 ^ d2, 43);
        uint64_t b30 = rol(a33 ^ d3, 21), b40 = rol(a44 ^ d4, 14);
        uint64_t b01 = rol(a30 ^ d3, 28), b11 = rol(a41 ^ d4, 20), b21 = rol(a02 ^ d0, 3);
        uint64_t b31 = rol(a13 ^ d1, 45), b41 = rol(a24 ^ d2, 61);
        uint64_t b02 = rol(a10 ^ d1, 1), b12 = rol(a21 ^ d2, 6), b22 = rol(a32 ^ d3, 25);
        uint64_t b32 = rol(a43 ^ d4, 8), b42 = rol(a04 ^ d0, 18);
        uint64_t b03 = rol(a40 ^ d4, 27), b13 = rol(a01 ^ d0, 36), b23 = rol(a12 ^ d1, 10);
        uint64_t b33 = rol(a23 ^ d2, 15), b43 = rol(a34 ^ d3, 56);
        uint64_t b04 = rol(a20 ^ d2, 62), b14 = rol(a31 ^ d3, 55), b24 = rol(a42 ^ d4, 39);
        uint64_t b34 = rol(a03 ^ d0, 41), b44 = rol(a14 ^ d1, 2);
        // chi and iota
        a00 = b00 ^ (~b10 & b20) ^ round_constants[round];
        a10 = b10 ^ (~b20 & b30);
        a20 = b20 ^ (~b30 & b40);
        a30 = b30 ^ (~b40 & b00);
        a40 = b40 ^ (~b00 & b10);
        a01 = b01 ^ (~b11 & b21);
        a11 = b11 ^ (~b21 & b31);
        a21 = b21 ^ (~b31 & b41);
        a31 = b31 ^ (~b41 & b01);
        a41 = b41 ^ (~b01 & b11);
        a02 = b02 ^ (~b12 & b22);
        a12 = b12 ^ (~b22 & b32);
        a22 = b22 ^ (~b32 & b42);
        a32 = b32 ^ (~b42 & b02);
        a42 = b42 ^ (~b02 & b12);
        a03 = b03 ^ (~b13 & b23);
        a13 = b13 ^ (~b23 & b33);
        a23 = b23 ^ (~b33 & b43);
        a33 = b33 ^ (~b43 & b03);
        a43 = b43 ^ (~b03 & b13);
        a04 = b04 ^ (~b14 & b24);
        a14 = b14 ^ (~b24 & b34);
        a24 = b24 ^ (~b34 & b44);
        a34 = b34 ^ (~b44 & b04);
        a44 = b44 ^ (~b04 & b14);
    }
    a[0] = a00, a[1] = a10, a[2] = a20, a[3] = a30, a[4] = a40;
    a[5] = a01, a[6] = a11, a[7] = a21, a[8] = a31, a[9] = a41;
    a[10] = a02, a[11] = a12, a[12] = a22, a[13] = a32, a[14] = a42;
    a[15] = a03, a[16] = a13, a[17] = a23, a[18] = a33, a[19] = a43;
    a[20] = a04, a[21] = a14, a[22] = a24, a[23] = a34, a[24] = a44;
}

void populus_keccak_p12(uint64_t *lanes) { keccak_p12(lanes); }

#if defined(__x86_64__)
// Three-operand rotations and and-nots, which leave more of the lanes in registers.
__attribute__((target("bmi,bmi2"))) void populus_keccak_p12_bmi(uint64_t *lanes) { keccak_p12(lanes); }
#else
void populus_keccak_p12_bmi(uint64_t *lanes) { keccak_p12(lanes); }
#endif

static inline void permute(populus_turboshake128 *sponge) {
    if (sponge->path == POPULUS_KECCAK_BMI) {
        populus_keccak_p12_bmi(sponge->lanes);
    } else {
        populus_keccak_p12(sponge->lanes);
    }
}

// By words, wherever they lie.
static inline void xor_bytes(uint8_t *state, const uint8_t *bytes, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint64_t a, b;
        memcpy(&a, state + i, 8);
        memcpy(&b, bytes + i, 8);
        a ^= b;
        memcpy(state + i, &a, 8);
    }
    for (; i < count; i++) state[i] ^= bytes[i];
}

void populus_turboshake128_absorb(populus_turboshake128 *sponge, const uint8_t *bytes, size_t count) {
    uint8_t *state = (uint8_t *)sponge->lanes;  // lanes are little-endian, as are the machines this is built for
    while (count > 0) {
        if (sponge->offset == POPULUS_TURBOSHAKE128_RATE) {
            permute(sponge);
            sponge->offset = 0;
        }
        size_t room = POPULUS_TURBOSHAKE128_RATE - sponge->offset;
        size_t n = count < room ? count : room;
        xor_bytes(state + sponge->offset, bytes, n);
        sponge->offset += n;
        bytes += n;
        count -= n;
    }
}

void populus_turboshake128_finish(populus_turboshake128 *sponge, uint8_t domain) {
    uint8_t *state = (uint8_t *)sponge->lanes;
    if (sponge->offset == POPULUS_TURBOSHAKE128_RATE) {
        permute(sponge);
        sponge->offset = 0;
    }
    state[sponge->offset] ^= domain;
    state[POPULUS_TURBOSHAKE128_RATE - 1] ^= 0x80;
    sponge->offset = POPULUS_TURBOSHAKE128_RATE;  // the first squeeze permutes
}

void populus_turboshake128_squeeze(populus_turboshake128 *sponge, uint8_t *out, size_t count) {
    const uint8_t *state = (const uint8_t *)sponge->lanes;
    while (count > 0) {
        if (sponge->offset == POPULUS_TURBOSHAKE128_RATE) {
            permute(sponge);
            sponge->offset = 0;
        }
        size_t room = POPULUS_TURBOSHAKE128_RATE - sponge->offset;
        size_t n = count < room ? count : room;
        memcpy(out, state + sponge->offset, n);
        sponge->offset += n;
        out += n;
        count -= n;
    }
}

void populus_turboshake128_batch(
    uint64_t path, const uint8_t *messages, size_t message_length, uint8_t domain, uint8_t *out, size_t out_length,
    size_t count) {
    for (size_t i = 0; i < count; i++) {
        populus_turboshake128 sponge = {{0}, 0, path};
        populus_turboshake128_absorb(&sponge, messages + i * message_length, message_length);
        populus_turboshake128_finish(&sponge, domain);
        populus_turboshake128_squeeze(&sponge, out + i * out_length, out_length);
    }
}
