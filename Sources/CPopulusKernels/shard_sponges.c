#include "include/shard.h"
#include "walk_keccak.h"

void populus_turboshake128_squeeze_lanes(
    int isa, populus_turboshake128 *sponges, size_t count, uint8_t *out, size_t stride, size_t blocks) {
    sponge p[4];
    sponge *const all[4] = {&p[0], &p[1], &p[2], &p[3]};
    for (size_t i = 0; i < count; i++) memcpy(p[i].s, sponges[i].lanes, sizeof p[i].s);
    for (size_t block = 0; block < blocks; block++) {
        walk_permute8(isa, all, (int)count);
        for (size_t i = 0; i < count; i++) memcpy(out + stride * i + RATE * block, p[i].s, RATE);
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(sponges[i].lanes, p[i].s, sizeof p[i].s);
        sponges[i].offset = RATE;
    }
    walk_wipe(p, sizeof p);
}

size_t populus_take_below(
    const uint8_t *words, size_t count, uint64_t bound, size_t wanted, uint64_t *out, size_t *used) {
    size_t first = wanted < count ? wanted : count;
    uint64_t redraws = 0;
    for (size_t i = 0; i < first; i++) {
        uint64_t x = load64(words + 8 * i);
        redraws |= x >= bound;
        out[i] = x;
    }
    *used = first;
    if (redraws == 0) return first;
    size_t have = 0, i = 0;
    for (; i < count && have < wanted; i++) {
        uint64_t x = load64(words + 8 * i);
        out[have] = x;
        have += x < bound;
    }
    *used = i;
    return have;
}

void populus_poplar1_correlate(
    const void *authenticators, const void *triples0, const void *triples1, const void *other, size_t levels, void *out) {
    const uint64_t *ks = authenticators, *x = triples0, *y = triples1, *helper = other;
    uint64_t *leader = out;
    for (size_t i = 0; i < levels; i++, x += 3, y += 3, helper += 2, leader += 2) {
        uint64_t k = ks[i], a = f64_add(x[0], y[0]);
        /* Negated elements are up to p, and all these sums below 2^67. */
        u128 first = (u128)k + (P64 - a) + (P64 - a) + (P64 - helper[0]);
        u128 rest = (u128)x[1] + y[1] + x[2] + y[2] + (P64 - helper[1]);
        leader[0] = f64_canonical(f64_reduce(first));
        /* a * (a - k): the second factor is any word, the first below p, so that the sum is below 2^128. */
        leader[1] = f64_canonical(f64_reduce((u128)a * f64_add_loose(a, P64 - k) + rest));
    }
}
