/* Field64 and Field255 for the walk's kernels. Constant-time. Private to this folder. */
#pragma once
#include <stdint.h>
#include <string.h>

#include "include/constant_time.h"

typedef unsigned __int128 u128;

#define P64 0xffffffff00000001ULL
#define E64 0xffffffffULL /* 2^64 mod P64 */

static inline uint64_t load64(const uint8_t *p) { uint64_t x; memcpy(&x, p, 8); return x; }
static inline void store64(uint8_t *p, uint64_t x) { memcpy(p, &x, 8); }

/* Reduces x to some u64 that is congruent, not necessarily canonical. */
static inline uint64_t f64_reduce(u128 x) {
    uint64_t lo = (uint64_t)x, hi = (uint64_t)(x >> 64);
    uint64_t hh = hi >> 32, hl = hi & E64;
    uint64_t t = lo - hh;
    t -= populus_mask(lo < hh) & E64;
    uint64_t u = (hl << 32) - hl;
    uint64_t r = t + u;
    return r + (populus_mask(r < t) & E64);
}

static inline uint64_t f64_mul(uint64_t a, uint64_t b) { return f64_reduce((u128)a * b); }

static inline uint64_t f64_canonical(uint64_t a) { return a - (populus_mask(a >= P64) & P64); }

/* The sum of two canonical elements as some congruent u64. */
static inline uint64_t f64_add_loose(uint64_t a, uint64_t b) {
    uint64_t s = a + b;
    return s + (populus_mask(s < a) & E64);
}

/* Canonical operands and result. */
static inline uint64_t f64_add(uint64_t a, uint64_t b) { return f64_canonical(f64_add_loose(a, b)); }
static inline uint64_t f64_neg(uint64_t a) { return (P64 - a) & populus_mask(a != 0); }
static inline uint64_t f64_sub(uint64_t a, uint64_t b) { return f64_add(a, f64_neg(b)); }

/* A sum of products: 192 bits. */
typedef struct { u128 low; uint64_t high; } f64_wide;

static inline void f64_wide_add(f64_wide *w, u128 x) {
    w->low += x;
    w->high += w->low < x;
}

/* high is less than 2^64; 2^128 = -2^32 mod p. */
static inline uint64_t f64_wide_reduce(f64_wide w) {
    uint64_t low = f64_canonical(f64_reduce(w.low));
    uint64_t high = f64_canonical(f64_mul(w.high, 1ULL << 32));
    return f64_sub(low, high);
}

/* 2^255 - 19; four limbs, least significant first, canonical. */
typedef struct { uint64_t v[4]; } f255;

#define P255_0 0xffffffffffffffedULL
#define P255_1 0xffffffffffffffffULL
#define P255_3 0x7fffffffffffffffULL

static inline f255 f255_load(const uint8_t *p) { f255 x; memcpy(x.v, p, 32); return x; }
static inline void f255_store(uint8_t *p, f255 x) { memcpy(p, x.v, 32); }

/* 1 when x >= p. */
static inline uint64_t f255_is_large(f255 x) {
    uint64_t carry = (uint64_t)(((u128)x.v[0] + 19) >> 64);
    carry = (uint64_t)(((u128)x.v[1] + carry) >> 64);
    carry = (uint64_t)(((u128)x.v[2] + carry) >> 64);
    return (uint64_t)(((u128)x.v[3] + carry + (1ULL << 63)) >> 64);
}

/* Reduces x < 2^256 to canonical. */
static inline f255 f255_canonical(f255 x) {
    /* Fold bit 255, then subtract p once if needed. */
    uint64_t top = x.v[3] >> 63;
    x.v[3] &= P255_3;
    u128 c = (u128)x.v[0] + 19 * top;
    x.v[0] = (uint64_t)c;
    for (int i = 1; i < 4; i++) {
        c = (u128)x.v[i] + (uint64_t)(c >> 64);
        x.v[i] = (uint64_t)c;
    }
    uint64_t add = -f255_is_large(x) & 19;
    c = (u128)x.v[0] + add;
    x.v[0] = (uint64_t)c;
    for (int i = 1; i < 4; i++) {
        c = (u128)x.v[i] + (uint64_t)(c >> 64);
        x.v[i] = (uint64_t)c;
    }
    x.v[3] &= P255_3;
    return x;
}

static inline f255 f255_add(f255 a, f255 b) {
    u128 c = 0;
    for (int i = 0; i < 4; i++) {
        c += (u128)a.v[i] + b.v[i];
        a.v[i] = (uint64_t)c;
        c >>= 64;
    }
    return f255_canonical(a);
}

/* p - a, then canonical (a = 0 gives p, which folds to 0). */
static inline f255 f255_neg(f255 a) {
    static const uint64_t p[4] = {P255_0, P255_1, P255_1, P255_3};
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) {
        u128 d = (u128)p[i] - a.v[i] - borrow;
        a.v[i] = (uint64_t)d;
        borrow = (uint64_t)(d >> 64) & 1;
    }
    return f255_canonical(a);
}

static inline f255 f255_sub(f255 a, f255 b) { return f255_add(a, f255_neg(b)); }

static inline f255 f255_mul(f255 a, f255 b) {
    uint64_t t[8] = {0};
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 4; j++) {
            u128 m = (u128)a.v[i] * b.v[j] + t[i + j] + carry;
            t[i + j] = (uint64_t)m;
            carry = (uint64_t)(m >> 64);
        }
        t[i + 4] = carry;
    }
    /* 2^256 = 38. */
    f255 r;
    u128 c = 0;
    for (int i = 0; i < 4; i++) {
        c += (u128)t[i + 4] * 38 + t[i];
        r.v[i] = (uint64_t)c;
        c >>= 64;
    }
    c *= 38;
    for (int i = 0; i < 4; i++) {
        c += r.v[i];
        r.v[i] = (uint64_t)c;
        c >>= 64;
    }
    /* A second carry out is possible only when r is tiny: adding 38 cannot carry again. */
    r.v[0] += (uint64_t)c * 38;
    return f255_canonical(r);
}

/* x masked to all ones (flag 1) or zeros (flag 0). */
static inline f255 f255_and(f255 x, uint64_t flag) {
    for (int i = 0; i < 4; i++) x.v[i] &= -flag;
    return x;
}
