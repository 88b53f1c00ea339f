/*
 * The fields of Prio3 for the kernels of this folder. Private to it. Constant-time.
 *
 * Spec: VDAF §6.1.3. The same arithmetic as Field64.swift and Field128.swift, where it is explained.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "include/constant_time.h"

typedef unsigned __int128 u128;
/* As arrays of words hold it. */
typedef u128 u128_words __attribute__((aligned(8)));
#define FIELD_INLINE static inline __attribute__((always_inline))

/* GF(2^64 - 2^32 + 1), in [0, p). */

#define P64 0xffffffff00000001ULL
#define EPSILON64 0xffffffffULL

typedef uint64_t f64;
/* A sum of products: 192 bits. */
typedef struct {
    u128_words low;
    uint64_t top;
} f64_sum;

FIELD_INLINE f64 f64_load(const uint64_t *a) { return a[0]; }
FIELD_INLINE void f64_store(uint64_t *a, f64 x) { a[0] = x; }

/* Between the element's own form and the integer that is encoded. */
FIELD_INLINE f64 f64_from_integer(f64 x) { return x; }
FIELD_INLINE f64 f64_to_integer(f64 x) { return x; }
FIELD_INLINE uint64_t f64_is_canonical(f64 x) { return x < P64; }

FIELD_INLINE f64 f64_sub(f64 a, f64 b) {
    f64 difference;
    uint64_t borrow = __builtin_sub_overflow(a, b, &difference);
    return difference + (P64 & populus_mask(borrow));
}

FIELD_INLINE f64 f64_add(f64 a, f64 b) { return f64_sub(a, P64 - b); }

FIELD_INLINE f64 f64_reduce(u128 product) {
    uint64_t low = (uint64_t)product, high = (uint64_t)(product >> 64), difference, sum;
    uint64_t borrow = __builtin_sub_overflow(low, high >> 32, &difference);
    difference -= EPSILON64 & populus_mask(borrow);
    uint64_t carry = __builtin_add_overflow(difference, (high & EPSILON64) * EPSILON64, &sum);
    return f64_sub(sum + (EPSILON64 & populus_mask(carry)), P64);
}

FIELD_INLINE f64 f64_mul(f64 a, f64 b) { return f64_reduce((u128)a * b); }

FIELD_INLINE void f64_accumulate(f64_sum *sum, f64 a, f64 b) {
    u128 product = (u128)a * b;
    sum->low += product;
    sum->top += sum->low < product;
}

/* 2^128 = -2^32 mod p; `top` counts products, so it is far below p. */
FIELD_INLINE f64 f64_sum_reduce(const f64_sum *sum) {
    return f64_sub(f64_reduce(sum->low), f64_mul(sum->top, 1ULL << 32));
}

/* GF(2^128 - 7 * 2^66 + 1), in Montgomery form, in [0, p). */

#define P128 ((u128)0 - ((u128)7 << 66) + 1)
#define R_SQUARED128 (((u128)0x5587 << 64) | 0xfffffffffffffcf1ULL)

typedef u128 f128;
/* A sum of products: 320 bits. */
typedef struct {
    u128_words low, high;
    uint64_t top;
} f128_sum;

FIELD_INLINE f128 f128_load(const uint64_t *a) { return (u128)a[1] << 64 | a[0]; }
FIELD_INLINE void f128_store(uint64_t *a, f128 x) {
    a[0] = (uint64_t)x;
    a[1] = (uint64_t)(x >> 64);
}

FIELD_INLINE f128 f128_sub(f128 a, f128 b) {
    f128 difference;
    uint64_t mask = populus_mask(__builtin_sub_overflow(a, b, &difference));
    return difference + (P128 & ((u128)mask << 64 | mask));
}

FIELD_INLINE f128 f128_add(f128 a, f128 b) { return f128_sub(a, P128 - b); }

FIELD_INLINE f128 f128_reduce(u128 high, u128 low) {
    uint64_t q0 = (uint64_t)low, q1;
    u128 scaled = (u128)q0 * 28;
    uint64_t carry = __builtin_add_overflow((uint64_t)(low >> 64), (uint64_t)scaled, &q1);
    u128 upper = ((u128)q1 << 64 | q0) - (u128)q1 * 28 - (uint64_t)(scaled >> 64) - carry;
    return f128_sub(high, upper);
}

FIELD_INLINE void f128_wide(f128 a, f128 b, u128 *high, u128 *low) {
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    u128 p = (u128)a0 * b0;
    /* A product of words leaves room for two words. */
    u128 m = (u128)a0 * b1 + (uint64_t)(p >> 64);
    u128 n = (u128)a1 * b0 + (uint64_t)m;
    *low = (u128)(uint64_t)n << 64 | (uint64_t)p;
    *high = (u128)a1 * b1 + (uint64_t)(m >> 64) + (uint64_t)(n >> 64);
}

FIELD_INLINE f128 f128_mul(f128 a, f128 b) {
    u128 high, low;
    f128_wide(a, b, &high, &low);
    return f128_reduce(high, low);
}

FIELD_INLINE f128 f128_from_integer(u128 x) { return f128_mul(x, R_SQUARED128); }
FIELD_INLINE u128 f128_to_integer(f128 x) { return f128_reduce(0, x); }
FIELD_INLINE uint64_t f128_is_canonical(u128 x) { return x < P128; }

FIELD_INLINE void f128_accumulate(f128_sum *sum, f128 a, f128 b) {
    u128 high, low;
    f128_wide(a, b, &high, &low);
    sum->low += low;
    /* The upper half of a product is below 2^128 - 1, so it takes the carry. */
    high += sum->low < low;
    sum->high += high;
    sum->top += sum->high < high;
}

/* top * 2^256 / 2^128 is the Montgomery form of top. */
FIELD_INLINE f128 f128_sum_reduce(const f128_sum *sum) {
    f128 top = f128_mul(sum->top, R_SQUARED128);
    return f128_add(f128_reduce(f128_sub(sum->high, P128), sum->low), top);
}
