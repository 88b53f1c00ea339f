/*
 * AES-128 in plain C, four blocks at a time, on bit slices: no table, no branch and no address depends on key or data.
 * Private to this folder. What each step does is said in aes_sliced.c.
 */
#pragma once
#include "include/fixed_key_aes.h"

/* The round keys, a word for each bit of a byte, every bit of them four times: once a block. */
typedef struct {
    uint64_t words[11][8];
} aes_slices;

/* A block: its first eight bytes, then the others, both little-endian. */
typedef struct {
    uint64_t low, high;
} aes_block;

/* Of a schedule that `populus_aes128_expand_portable` made. */
void aes_slices_of(const populus_aes128_schedule *schedule, aes_slices *keys);

/* Encrypts four blocks in place. */
void aes_sliced_encrypt(const aes_slices *keys, aes_block blocks[4]);

/* sigma: words (lo, hi) become (hi, hi ^ lo). */
static inline aes_block aes_sigma(aes_block x) {
    aes_block s = {x.high, x.high ^ x.low};
    return s;
}

/* x = AES(x) ^ x for four blocks, each of which went through sigma. */
static inline void aes_sliced_hash(const aes_slices *keys, aes_block x[4]) {
    aes_block y[4] = {x[0], x[1], x[2], x[3]};
    aes_sliced_encrypt(keys, y);
    for (int i = 0; i < 4; i++) {
        x[i].low ^= y[i].low;
        x[i].high ^= y[i].high;
    }
}
