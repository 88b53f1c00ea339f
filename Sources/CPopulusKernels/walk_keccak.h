/* TurboSHAKE128 sponges for the walk's kernels, one at a time and eight in step. Private to this folder. */
#pragma once
#include "include/walk.h"
#include "walk_field.h"

#define RATE 168

/* lanes, then the bytes consumed of (or absorbed into) the current block. 208 bytes: WALK_SPONGE_SIZE. */
typedef struct {
    uint64_t s[25];
    uint64_t position;
} sponge;

extern const uint64_t walk_round_constants[12];

void walk_permute(uint64_t s[25]);
/* Permutes up to eight sponges, in step as far as the instruction set goes; the pointers are of different ones. */
void walk_permute8(int isa, sponge *const *sponges, int count);

static inline void sponge_absorb(sponge *p, const uint8_t *bytes, size_t length) {
    uint8_t *state = (uint8_t *)p->s;
    size_t position = p->position;
    for (size_t i = 0; i < length; i++) {
        state[position++] ^= bytes[i];
        if (position == RATE) {
            walk_permute(p->s);
            position = 0;
        }
    }
    p->position = position;
}

/* Pads; the permutation that opens the squeezing phase is left to the caller. */
static inline void sponge_pad(sponge *p, uint8_t domain) {
    uint8_t *state = (uint8_t *)p->s;
    state[p->position] ^= domain;
    state[RATE - 1] ^= 0x80;
    p->position = 0;
}

static inline void sponge_squeeze(sponge *p, uint8_t *out, size_t length) {
    const uint8_t *state = (const uint8_t *)p->s;
    while (length > 0) {
        if (p->position == RATE) {
            walk_permute(p->s);
            p->position = 0;
        }
        size_t part = RATE - p->position < length ? RATE - p->position : length;
        memcpy(out, state + p->position, part);
        p->position += part;
        out += part;
        length -= part;
    }
}

static inline f255 sponge_next255(sponge *p) {
    for (;;) {
        uint8_t bytes[32];
        sponge_squeeze(p, bytes, 32);
        f255 x = f255_load(bytes);
        x.v[3] &= P255_3;
        if (!f255_is_large(x)) return x;
    }
}
