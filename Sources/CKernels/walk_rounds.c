/* What surrounds the evaluation: canonical checks, the second round, corrections of sums. */
#include "include/walk.h"
#include "walk_field.h"

void walk_gather(const uint8_t *in, size_t stride, size_t entry, size_t count, uint8_t *out) {
    if (entry == 16)
        for (size_t i = 0; i < count; i++) memcpy(out + 16 * i, in + stride * i, 16);
    else
        for (size_t i = 0; i < count; i++) memcpy(out + entry * i, in + stride * i, entry);
}

void walk_scatter(const uint8_t *in, size_t entry, size_t count, uint8_t *out, size_t stride) {
    for (size_t i = 0; i < count; i++) memcpy(out + stride * i, in + entry * i, entry);
}

size_t walk_noncanonical64(const uint8_t *bytes, size_t count) {
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) bad += load64(bytes + 8 * i) >= P64;
    return bad;
}

size_t walk_noncanonical255(const uint8_t *bytes, size_t count) {
    size_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        f255 x = f255_load(bytes + 32 * i);
        uint64_t top = x.v[3] >> 63;
        x.v[3] &= P255_3;
        bad += top | f255_is_large(x);
    }
    return bad;
}

void walk_combine(int leaf, const uint8_t *mine, const uint8_t *theirs, size_t elements, uint8_t *sum) {
    for (size_t i = 0; i < elements; i++) {
        if (leaf)
            f255_store(sum + 32 * i, f255_add(f255_load(mine + 32 * i), f255_load(theirs + 32 * i)));
        else
            store64(sum + 8 * i, f64_add(load64(mine + 8 * i), load64(theirs + 8 * i)));
    }
}

static uint64_t second64(uint32_t aggregator, const uint8_t *m, const uint8_t *ab) {
    uint64_t m0 = load64(m), square = f64_canonical(f64_mul(m0, m0));
    uint64_t first = f64_sub(f64_sub(square, load64(m + 8)), load64(m + 16));
    uint64_t product = f64_canonical(f64_mul(load64(ab), m0));
    return f64_add(f64_add(product, load64(ab + 8)), first & -(uint64_t)(aggregator != 0));
}

static f255 second255(uint32_t aggregator, const uint8_t *m, const uint8_t *ab) {
    f255 m0 = f255_load(m);
    f255 first = f255_sub(f255_sub(f255_mul(m0, m0), f255_load(m + 32)), f255_load(m + 64));
    f255 rest = f255_add(f255_mul(f255_load(ab), m0), f255_load(ab + 32));
    return f255_add(rest, f255_and(first, aggregator != 0));
}

void walk_second_round(int leaf, uint32_t aggregator, const uint8_t *messages, size_t message_stride,
                       const uint8_t *ab, const uint32_t *reports, size_t count, uint8_t *shares,
                       size_t share_stride) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *m = messages + message_stride * i;
        if (leaf)
            f255_store(shares + share_stride * i, second255(aggregator, m, ab + 64 * (size_t)reports[i]));
        else
            store64(shares + share_stride * i, second64(aggregator, m, ab + 16 * (size_t)reports[i]));
    }
}

void walk_accumulate(int leaf, int negate, uint8_t *accumulator, const uint8_t *term, size_t elements) {
    for (size_t i = 0; i < elements; i++) {
        if (leaf) {
            f255 x = f255_load(term + 32 * i);
            f255_store(accumulator + 32 * i, f255_add(f255_load(accumulator + 32 * i), negate ? f255_neg(x) : x));
        } else {
            uint64_t x = load64(term + 8 * i);
            store64(accumulator + 8 * i, f64_add(load64(accumulator + 8 * i), negate ? f64_neg(x) : x));
        }
    }
}

int walk_best_isa(void) {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("aes") || !__builtin_cpu_supports("sse4.1")) return WALK_PORTABLE;
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("adx");
    return avx2 ? WALK_AESNI_AVX2 : WALK_AESNI;
#else
    return WALK_PORTABLE;
#endif
}

void walk_wipe(void *bytes, size_t count) {
    memset(bytes, 0, count);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}
