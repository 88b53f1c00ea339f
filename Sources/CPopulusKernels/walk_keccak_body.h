/*
 * Keccak-p[1600, 12] on one or several states, included once for each instruction set. Private to this folder; no include
 * guard. LANE is a lane of all states, TARGET the attribute, NAME(keccak) the function; XOR, ROL, CHI(a, b, c) = a ^ (~b & c)
 * XOR3 and CONSTANT are its arithmetic; the includer undefines the first four. A row of the result at a time, so that what is
 * at work fits into registers.
 */

/* Theta, rho and pi bring lanes s of `in`, turned by r, into row y of `out`; chi, iota, and the columns' sums c. */
#define KECCAK_ROW(out, in, y, s0, d0, r0, s1, d1, r1, s2, d2, r2, s3, d3, r3, s4, d4, r4, RC, SUM) \
    do {                                                                                          \
        LANE b0 = ROL(XOR(in[s0], d0), r0), b1 = ROL(XOR(in[s1], d1), r1);                        \
        LANE b2 = ROL(XOR(in[s2], d2), r2), b3 = ROL(XOR(in[s3], d3), r3);                        \
        LANE b4 = ROL(XOR(in[s4], d4), r4);                                                       \
        LANE e0 = RC(CHI(b0, b1, b2)), e1 = CHI(b1, b2, b3), e2 = CHI(b2, b3, b4);                \
        LANE e3 = CHI(b3, b4, b0), e4 = CHI(b4, b0, b1);                                          \
        out[5 * y] = e0, out[5 * y + 1] = e1, out[5 * y + 2] = e2;                                \
        out[5 * y + 3] = e3, out[5 * y + 4] = e4;                                                 \
        SUM(out, 5 * y, e0, e1, e2, e3, e4);                                                      \
    } while (0)
/* A row's part of the columns' sums: the first row begins them; of two others the second adds both. */
#define KECCAK_FIRST(out, at, e0, e1, e2, e3, e4) c0 = e0, c1 = e1, c2 = e2, c3 = e3, c4 = e4
#define KECCAK_LATER(out, at, e0, e1, e2, e3, e4)
#define KECCAK_BOTH(out, at, e0, e1, e2, e3, e4)                                                  \
    c0 = XOR3(c0, e0, out[at - 5]), c1 = XOR3(c1, e1, out[at - 4]), c2 = XOR3(c2, e2, out[at - 3]), \
    c3 = XOR3(c3, e3, out[at - 2]), c4 = XOR3(c4, e4, out[at - 1])
#define KECCAK_NO_CONSTANT(e) e
#define KECCAK_CONSTANT(e) XOR(e, CONSTANT(walk_round_constants[round]))

#define KECCAK_ROUND(out, in)                                                                                \
    do {                                                                                                     \
        LANE d0 = XOR(c4, ROL(c1, 1)), d1 = XOR(c0, ROL(c2, 1)), d2 = XOR(c1, ROL(c3, 1));                   \
        LANE d3 = XOR(c2, ROL(c4, 1)), d4 = XOR(c3, ROL(c0, 1));                                             \
        KECCAK_ROW(out, in, 0, 0, d0, 0, 6, d1, 44, 12, d2, 43, 18, d3, 21, 24, d4, 14, KECCAK_CONSTANT,     \
                   KECCAK_FIRST);                                                                            \
        KECCAK_ROW(out, in, 1, 3, d3, 28, 9, d4, 20, 10, d0, 3, 16, d1, 45, 22, d2, 61, KECCAK_NO_CONSTANT, KECCAK_LATER); \
        KECCAK_ROW(out, in, 2, 1, d1, 1, 7, d2, 6, 13, d3, 25, 19, d4, 8, 20, d0, 18, KECCAK_NO_CONSTANT, KECCAK_BOTH); \
        KECCAK_ROW(out, in, 3, 4, d4, 27, 5, d0, 36, 11, d1, 10, 17, d2, 15, 23, d3, 56, KECCAK_NO_CONSTANT, KECCAK_LATER); \
        KECCAK_ROW(out, in, 4, 2, d2, 62, 8, d3, 55, 14, d4, 39, 15, d0, 41, 21, d1, 2, KECCAK_NO_CONSTANT, KECCAK_BOTH); \
    } while (0)

/* `c`: the columns' sums of `a`, before and after, so that permutations of which one follows on the other need not add them. */
TARGET static inline __attribute__((always_inline)) void NAME(keccak_on)(LANE a[25], LANE c[5]) {
    LANE e[25], c0 = c[0], c1 = c[1], c2 = c[2], c3 = c[3], c4 = c[4];
    _Pragma("clang loop unroll(disable)") for (int round = 0; round < 12; round++) {
        KECCAK_ROUND(e, a);
        round++;
        KECCAK_ROUND(a, e);
    }
    c[0] = c0, c[1] = c1, c[2] = c2, c[3] = c3, c[4] = c4;
}

TARGET static inline __attribute__((always_inline)) void NAME(keccak_sums)(const LANE a[25], LANE c[5]) {
    for (int x = 0; x < 5; x++) c[x] = XOR3(XOR3(a[x], a[x + 5], a[x + 10]), a[x + 15], a[x + 20]);
}

TARGET static inline __attribute__((always_inline)) void NAME(keccak)(LANE a[25]) {
    LANE c[5];
    NAME(keccak_sums)(a, c);
    NAME(keccak_on)(a, c);
}

#undef KECCAK_ROW
#undef KECCAK_FIRST
#undef KECCAK_LATER
#undef KECCAK_BOTH
#undef KECCAK_NO_CONSTANT
#undef KECCAK_CONSTANT
#undef KECCAK_ROUND
#undef ROL
#undef XOR3
#undef CHI
#undef CONSTANT
