/* Keccak-p[1600, 12] on two states at once with the SHA-3 instructions of ARMv8.2. Private to this folder. */
#pragma once
#if defined(__aarch64__)
#include <arm_neon.h>
#include <stdint.h>

#define NEON_SHA3 __attribute__((target("sha3")))

/* `a` and `b`: 25 lanes each, lane (x, y) at index x + 5y. */
NEON_SHA3 static inline void neon_keccak_p12_2(uint64_t *a, uint64_t *b, const uint64_t round_constants[12]) {
    uint64x2_t A[25];
    for (int i = 0; i < 24; i += 2) {
        uint64x2_t x = vld1q_u64(a + i), y = vld1q_u64(b + i);
        A[i] = vzip1q_u64(x, y);
        A[i + 1] = vzip2q_u64(x, y);
    }
    A[24] = vcombine_u64(vcreate_u64(a[24]), vcreate_u64(b[24]));
    for (int round = 0; round < 12; round++) {
        uint64x2_t C[5], D[5], B[25];
        /* theta */
        for (int x = 0; x < 5; x++) C[x] = veor3q_u64(veor3q_u64(A[x], A[x + 5], A[x + 10]), A[x + 15], A[x + 20]);
        for (int x = 0; x < 5; x++) D[x] = vrax1q_u64(C[(x + 4) % 5], C[(x + 1) % 5]);
        /* rho and pi: a rotation to the right of the XOR with theta's column */
        B[0] = veorq_u64(A[0], D[0]);
        B[10] = vxarq_u64(A[1], D[1], 63), B[20] = vxarq_u64(A[2], D[2], 2);
        B[5] = vxarq_u64(A[3], D[3], 36), B[15] = vxarq_u64(A[4], D[4], 37);
        B[16] = vxarq_u64(A[5], D[0], 28), B[1] = vxarq_u64(A[6], D[1], 20);
        B[11] = vxarq_u64(A[7], D[2], 58), B[21] = vxarq_u64(A[8], D[3], 9);
        B[6] = vxarq_u64(A[9], D[4], 44), B[7] = vxarq_u64(A[10], D[0], 61);
        B[17] = vxarq_u64(A[11], D[1], 54), B[2] = vxarq_u64(A[12], D[2], 21);
        B[12] = vxarq_u64(A[13], D[3], 39), B[22] = vxarq_u64(A[14], D[4], 25);
        B[23] = vxarq_u64(A[15], D[0], 23), B[8] = vxarq_u64(A[16], D[1], 19);
        B[18] = vxarq_u64(A[17], D[2], 49), B[3] = vxarq_u64(A[18], D[3], 43);
        B[13] = vxarq_u64(A[19], D[4], 56), B[14] = vxarq_u64(A[20], D[0], 46);
        B[24] = vxarq_u64(A[21], D[1], 62), B[9] = vxarq_u64(A[22], D[2], 3);
        B[19] = vxarq_u64(A[23], D[3], 8), B[4] = vxarq_u64(A[24], D[4], 50);
        /* chi and iota */
        for (int y = 0; y < 25; y += 5)
            for (int x = 0; x < 5; x++) A[y + x] = vbcaxq_u64(B[y + x], B[y + (x + 2) % 5], B[y + (x + 1) % 5]);
        A[0] = veorq_u64(A[0], vdupq_n_u64(round_constants[round]));
    }
    for (int i = 0; i < 24; i += 2) {
        vst1q_u64(a + i, vzip1q_u64(A[i], A[i + 1]));
        vst1q_u64(b + i, vzip2q_u64(A[i], A[i + 1]));
    }
    a[24] = vgetq_lane_u64(A[24], 0);
    b[24] = vgetq_lane_u64(A[24], 1);
}
#endif
