#pragma once

#include <stddef.h>
#include <stdint.h>

// Loops over elements of the fields of Prio3: p = 2^64 - 2^32 + 1, elements of one word, and p = 2^128 - 7 * 2^66 + 1,
// elements of two words in Montgomery form (Field64 and Field128 of VDAF). Elements are canonical, at addresses that
// eight divides. Constant-time in the elements, except that `take_canonical` shows how many it leaves out.
// Spec: VDAF §6.1.

/// Words of a sum of products that is not yet reduced.
#define POPULUS_FIELD64_SUM_WORDS 3
#define POPULUS_FIELD128_SUM_WORDS 5

#define POPULUS_FIELD_KERNELS(NAME)                                                                                    \
    /* The sum of a[i] * b[i] for i in [0, count). */                                                                  \
    void NAME(dot)(const void *a, const void *b, size_t count, void *out);                                             \
    /* The sum of a[2i] * a[2i + 1] for i in [0, pairs). */                                                            \
    void NAME(dot_pairs)(const void *a, size_t pairs, void *out);                                                      \
                                                                                                                       \
    /* Twiddles: 2^log_count elements, at length + i the i-th power of the root of unity of order 2 * length. */       \
                                                                                                                       \
    /* The Lagrange polynomials at a point: squares[j] is the point to the power of 2^j, scale 1 / 2^log_count. */     \
    void NAME(weights)(                                                                                                \
        const void *squares, const void *inverse_twiddles, size_t log_count, const void *scale, void *out);            \
    /* Inverse transform of `width` interleaved polynomials, from natural to bit-reversed order, times count. */       \
    void NAME(transform_backward)(void *values, size_t count, size_t width, const void *inverse_twiddles);             \
    /* Transform of `width` interleaved polynomials, from bit-reversed to natural order. */                            \
    void NAME(transform_forward)(void *values, size_t count, size_t width, const void *twiddles);                      \
                                                                                                                       \
    /* sums[j] += coefficient * elements[j]; fewer than 2^32 terms a sum. */                                           \
    void NAME(accumulate)(uint64_t *sums, const void *coefficient, const void *elements, size_t count);                \
    /* sums[2j] += coefficient * base^(j + 1) * elements[j], sums[2j + 1] += coefficient * elements[j]. */             \
    void NAME(accumulate_bit_checks)(                                                                                  \
        uint64_t *sums, const void *coefficient, const void *base, const void *elements, size_t count);                \
    void NAME(reduce_sums)(const uint64_t *sums, size_t count, void *out);                                             \
                                                                                                                       \
    /* Turns little-endian integers into elements, in place, closing the gaps of those not below p; how many. */       \
    size_t NAME(take_canonical)(void *integers, size_t count);                                                         \
    /* The elements as little-endian integers. */                                                                      \
    void NAME(encode)(const void *elements, size_t count, uint8_t *out);

#define POPULUS_FIELD64(name) populus_field64_##name
#define POPULUS_FIELD128(name) populus_field128_##name
POPULUS_FIELD_KERNELS(POPULUS_FIELD64)
POPULUS_FIELD_KERNELS(POPULUS_FIELD128)
