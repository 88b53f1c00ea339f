/*
 * AES-128 (FIPS 197) on bit slices. Eight words hold four blocks: word i has bit i of every byte, and in it the byte in row
 * r and column c of block b is bit 16 r + 4 c + b. So rows are 16 bits, a turn of the word by 16 goes from row to row, and a
 * turn of a row by 4 from column to column.
 *
 * ShiftRows is left out: instead every round's MixColumns looks for its columns where ShiftRows would have brought them
 * from, and after four rounds all are at home again. The idea is from A. Adomnicai, T. Peyrin, "Fixslicing AES-like
 * Ciphers", TCHES 2021 (1).
 */
#include "aes_sliced.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/*
 * SubBytes without the constant 0x63, which is in the round keys: 111 gates. They are those of J. Boyar and R. Peralta, "A New
 * Combinational Logic Minimization Technique with Applications to Cryptology", SEA 2010 (ePrint 2009/191), with their names,
 * as long as that makes the function; x0 is the highest bit. A linear map, the inverse in a tower of fields, a linear map.
 */
INLINE void substitute(uint64_t q[8]) {
    const uint64_t x0 = q[7], x1 = q[6], x2 = q[5], x3 = q[4], x4 = q[3], x5 = q[2], x6 = q[1], x7 = q[0];

    const uint64_t y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3, y8 = x0 ^ x5, t0 = x1 ^ x2, y1 = t0 ^ x7;
    const uint64_t y4 = y1 ^ x3, y12 = y13 ^ y14, y2 = y1 ^ x0, y5 = y1 ^ x6, y3 = y5 ^ y8, t1 = x4 ^ y12;
    const uint64_t y15 = t1 ^ x5, y20 = t1 ^ x1, y6 = y15 ^ x7, y10 = y15 ^ t0, y11 = y20 ^ y9, y7 = x7 ^ y11;
    const uint64_t y17 = y10 ^ y11, y19 = y10 ^ y8, y16 = t0 ^ y11, y21 = y13 ^ y16, y18 = x0 ^ y16;

    const uint64_t t2 = y12 & y15, t3 = y3 & y6, t4 = t3 ^ t2, t5 = y4 & x7, t6 = t5 ^ t2, t7 = y13 & y16;
    const uint64_t t8 = y5 & y1, t9 = t8 ^ t7, t10 = y2 & y7, t11 = t10 ^ t7, t12 = y9 & y11, t13 = y14 & y17;
    const uint64_t t14 = t13 ^ t12, t15 = y8 & y10, t16 = t15 ^ t12, t17 = t4 ^ t14, t18 = t6 ^ t16;
    const uint64_t t19 = t9 ^ t14, t20 = t11 ^ t16, t21 = t17 ^ y20, t22 = t18 ^ y19, t23 = t19 ^ y21;
    const uint64_t t24 = t20 ^ y18, t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26, t28 = t25 & t27;
    const uint64_t t29 = t28 ^ t22, t30 = t23 ^ t24, t31 = t22 ^ t26, t32 = t31 & t30, t33 = t32 ^ t24;
    const uint64_t t34 = t23 ^ t33, t35 = t27 ^ t33, t36 = t24 & t35, t37 = t36 ^ t34, t38 = t27 ^ t36;
    const uint64_t t39 = t29 & t38, t40 = t25 ^ t39, t41 = t40 ^ t37, t42 = t29 ^ t33, t43 = t29 ^ t40;
    const uint64_t t44 = t33 ^ t37, t45 = t42 ^ t41;

    const uint64_t z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & x7, z3 = t43 & y16, z4 = t40 & y1, z5 = t29 & y7;
    const uint64_t z6 = t42 & y11, z7 = t45 & y17, z8 = t41 & y10, z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4;
    const uint64_t z12 = t43 & y13, z13 = t40 & y5, z14 = t29 & y2, z15 = t42 & y9, z16 = t45 & y14, z17 = t41 & y8;

    const uint64_t t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13, t49 = z9 ^ z10, t50 = z2 ^ z12, t51 = z2 ^ z5;
    const uint64_t t52 = z7 ^ z8, t53 = z0 ^ z3, t54 = z6 ^ z7, t55 = z16 ^ z17, t56 = z12 ^ t48, t57 = t50 ^ t53;
    const uint64_t t58 = z4 ^ t46, t59 = z3 ^ t54, t60 = t46 ^ t57, t61 = z14 ^ t57, t62 = t52 ^ t58;
    const uint64_t t63 = t49 ^ t58, t64 = z4 ^ t59, t65 = t61 ^ t62, t66 = z1 ^ t63, t67 = t64 ^ t65;

    q[7] = t59 ^ t63, q[4] = t53 ^ t66, q[3] = t51 ^ t66, q[2] = t47 ^ t65;
    q[6] = t64 ^ q[4], q[5] = t55 ^ t67, q[1] = t56 ^ t62, q[0] = t48 ^ t60;
}

INLINE uint64_t turned(uint64_t x, int n) { return x >> n | x << (64 - n); }

/* Where `mask` has ones the bits of x, elsewhere those of y. */
INLINE uint64_t merged(uint64_t mask, uint64_t x, uint64_t y) { return (x & mask) | (y & ~mask); }

/* For each byte the one below it in its column, where row r is still to be shifted r * turn columns; the row after 3 is 0. */
INLINE uint64_t below(uint64_t x, int turn) {
    static const uint64_t inside[4] = {0, 0x0fff0fff0fff0fff, 0x00ff00ff00ff00ff, 0x000f000f000f000f};
    if (turn == 0) return turned(x, 16);
    return merged(inside[turn], turned(x, 16 + 4 * turn), turned(x, 4 * turn));
}

/* The same, two below. */
INLINE uint64_t opposite(uint64_t x, int turn) {
    return turn % 2 == 0 ? turned(x, 32) : merged(0x00ff00ff00ff00ff, turned(x, 40), turned(x, 24));
}

/* MixColumns: 2 x0 + 3 x1 + x2 + x3 is 2 (x0 + x1) + x1 + (x2 + x3). Then AddRoundKey. */
INLINE void mix(uint64_t q[8], int turn, const uint64_t key[8]) {
    uint64_t sum[8];
    for (int i = 0; i < 8; i++) {
        uint64_t next = below(q[i], turn);
        sum[i] = q[i] ^ next;
        q[i] = next ^ key[i];
    }
    for (int i = 0; i < 8; i++) q[i] ^= opposite(sum[i], turn) ^ sum[(i + 7) % 8];
    /* x^8 is x^4 + x^3 + x + 1; 1 was added above. */
    q[1] ^= sum[7], q[3] ^= sum[7], q[4] ^= sum[7];
}

INLINE void round_of(uint64_t q[8], int turn, const uint64_t key[8]) {
    substitute(q);
    mix(q, turn, key);
}

/* Exchanges the bits of x under `mask` with those `n` places higher. */
INLINE uint64_t swapped(uint64_t x, int n, uint64_t mask) {
    uint64_t difference = (x >> n ^ x) & mask;
    return x ^ difference ^ difference << n;
}

/* In each of eight places of eight bits, bit j of word i and bit i of word j change places. */
INLINE void transpose(uint64_t q[8]) {
    static const uint64_t masks[3] = {0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f};
    for (int k = 0; k < 3; k++) {
        int n = 1 << k;
        for (int i = 0; i < 8; i++) {
            if (i & n) continue;
            uint64_t difference = (q[i] >> n ^ q[i + n]) & masks[k];
            q[i] ^= difference << n;
            q[i + n] ^= difference;
        }
    }
}

/* Bytes 0 to 3 and bytes 4 to 7 in turn: its own inverse but for the order of the two steps. */
INLINE uint64_t interleaved(uint64_t x) {
    return swapped(swapped(x, 16, 0x00000000ffff0000), 8, 0x0000ff000000ff00);
}
INLINE uint64_t separated(uint64_t x) { return swapped(swapped(x, 8, 0x0000ff000000ff00), 16, 0x00000000ffff0000); }

/* Columns 0 and 2 of block b in word b, columns 1 and 3 in word b + 4; from there every bit has its place. */
INLINE void slice(const aes_block blocks[4], uint64_t q[8]) {
    for (int b = 0; b < 4; b++) {
        q[b] = interleaved((blocks[b].low & 0xffffffff) | blocks[b].high << 32);
        q[b + 4] = interleaved(blocks[b].low >> 32 | (blocks[b].high & 0xffffffff00000000));
    }
    transpose(q);
}

INLINE void unslice(uint64_t q[8], aes_block blocks[4]) {
    transpose(q);
    for (int b = 0; b < 4; b++) {
        uint64_t even = separated(q[b]), odd = separated(q[b + 4]);
        blocks[b].low = (even & 0xffffffff) | odd << 32;
        blocks[b].high = even >> 32 | (odd & 0xffffffff00000000);
    }
}

void aes_sliced_encrypt(const aes_slices *keys, aes_block blocks[4]) {
    const uint64_t (*key)[8] = keys->words;
    uint64_t q[8];
    slice(blocks, q);
    for (int i = 0; i < 8; i++) q[i] ^= key[0][i];
    for (int round = 1; round < 9; round += 4) {
        round_of(q, 1, key[round]);
        round_of(q, 2, key[round + 1]);
        round_of(q, 3, key[round + 2]);
        round_of(q, 0, key[round + 3]);
    }
    round_of(q, 1, key[9]);
    substitute(q);
    /* Ten ShiftRows are outstanding, which is two: columns of rows 1 and 3 change places with those two further on. */
    for (int i = 0; i < 8; i++) q[i] = swapped(q[i] ^ key[10][i], 8, 0x00ff000000ff0000);
    unslice(q, blocks);
}

void aes_slices_of(const populus_aes128_schedule *schedule, aes_slices *keys) {
    for (int round = 0; round < 11; round++) {
        uint64_t nibbles[2];
        memcpy(nibbles, schedule->bytes + 16 * round, 16);
        for (int i = 0; i < 8; i++) {
            uint64_t bits = nibbles[i / 4] >> i % 4 & 0x1111111111111111;
            keys->words[round][i] = (bits << 4) - bits;
        }
    }
}

/* SubBytes of the four bytes of a word. */
static uint32_t substituted(uint32_t word) {
    uint64_t q[8];
    uint32_t out = 0x63636363;
    for (int i = 0; i < 8; i++) q[i] = word >> i & 0x01010101;
    substitute(q);
    for (int i = 0; i < 8; i++) out ^= (uint32_t)q[i] << i;
    return out;
}

/*
 * A round key as `aes_slices_of` takes it: of the byte in row r and column c the lower half is four bits of the first word
 * at 16 r + 4 c', the upper half those of the second, where c' is the column that it has after `round` rounds without
 * ShiftRows. From round 1 on it has SubBytes' constant, which neither ShiftRows nor MixColumns changes.
 */
static void store_key(uint8_t *out, const uint32_t columns[4], int round) {
    uint64_t nibbles[2] = {round ? 0x3333333333333333 : 0, round ? 0x6666666666666666 : 0};
    for (int c = 0; c < 4; c++) {
        for (int r = 0; r < 4; r++) {
            uint64_t byte = columns[c] >> 8 * r & 0xff;
            int place = 16 * r + 4 * ((c + round * r) % 4);
            nibbles[0] ^= (byte & 15) << place;
            nibbles[1] ^= byte >> 4 << place;
        }
    }
    memcpy(out, nibbles, 16);
}

/* FIPS 197, section 5.2. */
void populus_aes128_expand_portable(populus_aes128_schedule *schedule, const uint8_t *key) {
    uint32_t w[4], rcon = 1; /* little-endian, as is all of this */
    memcpy(w, key, 16);
    store_key(schedule->bytes, w, 0);
    for (int round = 1; round < 11; round++) {
        uint32_t t = substituted(w[3]);
        /* Of bytes 0, 1, 2, 3 the rotated word has 1, 2, 3, 0. */
        w[0] ^= (t >> 8 | t << 24) ^ rcon;
        w[1] ^= w[0], w[2] ^= w[1], w[3] ^= w[2];
        store_key(schedule->bytes + 16 * round, w, round);
        rcon = rcon << 1 ^ (rcon >> 7) * 0x11b;
    }
}
