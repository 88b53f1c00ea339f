/* What surrounds the evaluation: canonical checks, the second round, corrections of sums. */
#include "include/walk.h"
#include "walk_field.h"

void walk_transpose(const uint8_t *in, size_t stride, size_t rows, size_t entries, uint8_t *out, size_t out_stride) {
    /* Where an entry's rows go is in no cache, and no processor guesses it: it is asked for a few entries before. */
    const size_t ahead = 4;
    for (size_t e = 0; e < entries; e++) {
        uint8_t *to = out + e * out_stride;
        if (e + ahead < entries)
            for (size_t b = 0; b < 16 * rows; b += 64) __builtin_prefetch(to + ahead * out_stride + b, 1);
        for (size_t r = 0; r < rows; r++) memcpy(to + 16 * r, in + r * stride + 16 * e, 16);
    }
}

void walk_transpose_pairs(const uint8_t *in, size_t stride, size_t rows, size_t pairs, uint8_t *out,
                          size_t out_stride) {
    for (size_t r = 0; r < rows; r += 4) {
        for (size_t p = 0; p < pairs; p += 4) {
            uint32_t x = 0;
            for (size_t k = 0; k < 4 && r + k < rows; k++) x |= (uint32_t)in[(r + k) * stride + p / 4] << (8 * k);
            /* A matrix of four by four pairs: transpose each quarter, then swap two quarters. */
            uint32_t t = (x >> 6 ^ x) & 0x00cc00cc;
            x ^= t ^ t << 6;
            t = (x >> 12 ^ x) & 0x0000f0f0;
            x ^= t ^ t << 12;
            for (size_t k = 0; k < 4 && p + k < pairs; k++) out[(p + k) * out_stride + r / 4] = (uint8_t)(x >> (8 * k));
        }
    }
}

void walk_expand_pairs(const uint8_t *in, size_t first, size_t count, uint8_t *out) {
    for (size_t i = 0; i < count; i++) out[i] = in[(first + i) / 4] >> (2 * ((first + i) % 4)) & 3;
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

void walk_respond(int leaf, uint32_t aggregator, const uint8_t *mine, const uint8_t *theirs, const uint8_t *ab,
                  const uint32_t *reports, size_t count, uint8_t *response) {
    for (size_t i = 0; i < count; i++) {
        if (leaf) {
            uint8_t *m = response + 128 * i;
            for (size_t k = 0; k < 96; k += 32)
                f255_store(m + k, f255_add(f255_load(mine + 96 * i + k), f255_load(theirs + 96 * i + k)));
            f255_store(m + 96, second255(aggregator, m, ab + 64 * (size_t)reports[i]));
        } else {
            uint8_t *m = response + 32 * i;
            for (size_t k = 0; k < 24; k += 8)
                store64(m + k, f64_add(load64(mine + 24 * i + k), load64(theirs + 24 * i + k)));
            store64(m + 24, second64(aggregator, m, ab + 16 * (size_t)reports[i]));
        }
    }
}

void walk_verdicts(int leaf, uint32_t aggregator, const uint8_t *response, const uint8_t *ab, const uint32_t *reports,
                   size_t count, uint8_t *verdicts) {
    for (size_t i = 0; i < count; i++) {
        uint64_t rest;
        if (leaf) {
            const uint8_t *m = response + 128 * i;
            f255 sum = f255_add(f255_load(m + 96), second255(aggregator, m, ab + 64 * (size_t)reports[i]));
            rest = sum.v[0] | sum.v[1] | sum.v[2] | sum.v[3];
        } else {
            const uint8_t *m = response + 32 * i;
            rest = f64_add(load64(m + 24), second64(aggregator, m, ab + 16 * (size_t)reports[i]));
        }
        verdicts[i] = rest == 0;
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
