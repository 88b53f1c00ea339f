/* AES-128 by the text of FIPS 197, which the portable path is compared with: slow, and variable-time in key and data. */
#include "check.h"

/* Multiplication by x in GF(2^8). */
static uint8_t times_x(uint8_t a) { return (uint8_t)((a << 1) ^ ((a >> 7) * 0x1b)); }

static uint8_t multiply(uint8_t a, uint8_t b) {
    uint8_t product = 0;
    for (int i = 0; i < 8; i++, a = times_x(a))
        if (b >> i & 1) product ^= a;
    return product;
}

/* Section 5.1.1: the inverse in GF(2^8), by search, then the affine map. */
static uint8_t sub_byte(uint8_t a) {
    static uint8_t sbox[256];
    static bool is_made;
    for (int x = 0; x < 256 && !is_made; x++) {
        int inverse = 0;
        for (int y = 1; y < 256 && !inverse; y++)
            if (multiply((uint8_t)x, (uint8_t)y) == 1) inverse = y;
        uint8_t s = 0x63;
        for (int i = 0; i < 5; i++) s ^= (uint8_t)(inverse << i | inverse >> (8 - i));
        sbox[x] = s;
    }
    is_made = true;
    return sbox[a];
}

/* Section 5.2: keys[4 round + column][row]. */
static void expand(const uint8_t key[16], uint8_t keys[44][4]) {
    uint8_t rcon = 1;
    memcpy(keys, key, 16);
    for (int i = 4; i < 44; i++) {
        uint8_t word[4];
        memcpy(word, keys[i - 1], 4);
        if (i % 4 == 0) {
            for (int row = 0; row < 4; row++) word[row] = sub_byte(keys[i - 1][(row + 1) % 4]);
            word[0] ^= rcon;
            rcon = times_x(rcon);
        }
        for (int row = 0; row < 4; row++) keys[i][row] = keys[i - 4][row] ^ word[row];
    }
}

void fips197_encrypt(const uint8_t key[16], const uint8_t in[16], uint8_t out[16]) {
    uint8_t keys[44][4], state[4][4], next[4][4]; /* [column][row] */
    expand(key, keys);
    memcpy(state, in, 16);
    for (int round = 0; round < 11; round++) {
        for (int c = 0; c < 4; c++)
            for (int r = 0; r < 4; r++) state[c][r] ^= keys[4 * round + c][r];
        if (round == 10) break;
        for (int c = 0; c < 4; c++)
            for (int r = 0; r < 4; r++) next[c][r] = sub_byte(state[(c + r) % 4][r]); /* with ShiftRows */
        for (int c = 0; c < 4; c++)
            for (int r = 0; r < 4; r++) {
                const uint8_t *x = next[c];
                state[c][r] = round == 9 ? x[r]
                                         : multiply(2, x[r]) ^ multiply(3, x[(r + 1) % 4]) ^ x[(r + 2) % 4] ^ x[(r + 3) % 4];
            }
    }
    memcpy(out, state, 16);
}
