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

/* a + b + carry, which is 0 or 1 before and after. */
static inline uint64_t f255_carry(uint64_t a, uint64_t b, uint64_t *carry) {
    unsigned long long out;
    uint64_t sum = __builtin_addcll(a, b, *carry, &out);
    *carry = out;
    return sum;
}

/* x + 19, and whether that is 2^255 or more: whether x >= p, for x below 2^255. */
static inline uint64_t f255_plus_19(f255 x, f255 *sum) {
    uint64_t carry = 0;
    sum->v[0] = f255_carry(x.v[0], 19, &carry);
    for (int i = 1; i < 4; i++) sum->v[i] = f255_carry(x.v[i], 0, &carry);
    return sum->v[3] >> 63;
}

/* 1 when x >= p, for x below 2^255. */
static inline uint64_t f255_is_large(f255 x) {
    f255 sum;
    return f255_plus_19(x, &sum);
}

/* x + 2^256 * top as some congruent number below 2^256, for top below 2^57. */
static inline f255 f255_fold(f255 x, uint64_t top) {
    uint64_t carry = 0;
    x.v[0] = f255_carry(x.v[0], top * 38, &carry);
    for (int i = 1; i < 4; i++) x.v[i] = f255_carry(x.v[i], 0, &carry);
    /* Where that carries x is tiny, and 38 more cannot carry. */
    x.v[0] += populus_mask(carry) & 38;
    return x;
}

/* Reduces x < 2^256 to canonical. */
static inline f255 f255_canonical(f255 x) {
    /* Fold bit 255, which leaves less than 2^255 + 19, then subtract p once if needed: add 19 and drop bit 255. */
    uint64_t top = x.v[3] >> 63, carry = 0;
    f255 less;
    x.v[3] &= P255_3;
    x.v[0] = f255_carry(x.v[0], populus_mask(top) & 19, &carry);
    for (int i = 1; i < 4; i++) x.v[i] = f255_carry(x.v[i], 0, &carry);
    uint64_t mask = populus_mask(f255_plus_19(x, &less));
    less.v[3] &= P255_3;
    for (int i = 0; i < 4; i++) x.v[i] = (x.v[i] & ~mask) | (less.v[i] & mask);
    return x;
}

static inline f255 f255_add(f255 a, f255 b) {
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) a.v[i] = f255_carry(a.v[i], b.v[i], &carry);
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

/* The sum of two numbers below 2^256 as some congruent number below 2^256. */
static inline f255 f255_add_loose(f255 a, f255 b) {
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) a.v[i] = f255_carry(a.v[i], b.v[i], &carry);
    return f255_fold(a, carry);
}

/* The sum of two numbers below 2^255. */
static inline f255 f255_add_plain(f255 a, f255 b) {
    uint64_t carry = 0;
    for (int i = 0; i < 4; i++) a.v[i] = f255_carry(a.v[i], b.v[i], &carry);
    return a;
}

/* A product of numbers below 2^256, or a sum of fewer than 2^63 such products. */
typedef struct { uint64_t v[9]; } f255_wide;

static inline void f255_wide_mul(f255 a, f255 b, uint64_t t[8]) {
    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 4; j++) {
            u128 m = (u128)a.v[i] * b.v[j] + (i == 0 ? 0 : t[i + j]) + carry;
            t[i + j] = (uint64_t)m;
            carry = (uint64_t)(m >> 64);
        }
        t[i + 4] = carry;
    }
}

/* w += a * b. */
static inline void f255_wide_add(f255_wide *w, f255 a, f255 b) {
    uint64_t t[8], carry = 0;
    f255_wide_mul(a, b, t);
    for (int i = 0; i < 8; i++) w->v[i] = f255_carry(w->v[i], t[i], &carry);
    w->v[8] += carry;
}

/* Some number below 2^256 that is congruent to t and 2^512 * top, for top below 2^63. */
static inline f255 f255_reduce(const uint64_t t[8], uint64_t top) {
    /* 2^256 = 38 and 2^512 = 1444. */
    f255 r;
    u128 c = (u128)top * 1444;
    for (int i = 0; i < 4; i++) {
        /* At most 39 * 2^64 and a carry of at most 2^75 at first: far from 2^128. */
        c += (u128)t[i + 4] * 38 + t[i];
        r.v[i] = (uint64_t)c;
        c >>= 64;
    }
    return f255_fold(r, (uint64_t)c);
}

static inline f255 f255_mul_loose(f255 a, f255 b) {
    uint64_t t[8];
    f255_wide_mul(a, b, t);
    return f255_reduce(t, 0);
}

static inline f255 f255_mul(f255 a, f255 b) { return f255_canonical(f255_mul_loose(a, b)); }

/* x where flag is 1, zero where it is 0. */
static inline f255 f255_and(f255 x, uint64_t flag) {
    uint64_t mask = populus_mask(flag);
    for (int i = 0; i < 4; i++) x.v[i] &= mask;
    return x;
}
