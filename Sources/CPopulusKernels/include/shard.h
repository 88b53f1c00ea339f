#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fixed_key_aes.h"
#include "turboshake.h"

// What a client computes for one report. Constant-time in seeds, inputs and field elements, except that a redrawn field
// element (probability 2^-32) takes the time of its redraw. Numbers are little-endian. Spec: VDAF §8.2.1, §8.3.

/// Whole blocks of up to four sponges in step: sponge i's next `blocks` blocks go to `out + i * stride`.
///
/// Each sponge must be finished or at the end of a block. `isa` is one of walk.h's instruction sets.
void populus_turboshake128_squeeze_lanes(
    int isa, populus_turboshake128 *sponges, size_t count, uint8_t *out, size_t stride, size_t blocks);

/// Takes up to `wanted` words below `bound` from the `count` words at `words`, wherever those lie, in order; says in `used`
/// how many words it went through. Returns how many it took.
size_t populus_take_below(
    const uint8_t *words, size_t count, uint64_t bound, size_t wanted, uint64_t *out, size_t *used);

/// The Leader's shares of A = k - 2a and B = a^2 + b - ak + c at the inner levels, two canonical elements of Field64 a level.
///
/// `triples` have a, b, c of one aggregator a level, `other` the Helper's shares of A and B. All canonical.
void populus_poplar1_correlate(
    const void *authenticators, const void *triples0, const void *triples1, const void *other, size_t levels, void *out);

/// Both servers' nodes on the path of an input: seeds of two words, and control bits (0 or 1).
typedef struct {
    uint64_t seeds[4];
    uint64_t controls[2];
} populus_idpf_path;

/// Key generation of the IDPF at its inner levels: down the path of an input from the root.
typedef struct {
    const populus_aes128_schedule *extend;
    const populus_aes128_schedule *convert;
    /// The input, its first bit the most significant of the first byte.
    const uint8_t *alpha;
    /// Inner levels.
    size_t levels;
    /// Draws of Field64 at or above it are redrawn.
    uint64_t bound;
    /// Correction words: seeds (16 bytes a level), control bits (a byte a level: bit 0 for the left child, bit 1 for the
    /// right one) and values (two canonical elements a level), to which `populus_idpf_add_beta` is yet to add.
    void *seed_cw;
    uint8_t *control_cw;
    void *value_cw;
    /// Whether a level's value is negated: 0 or 1, a byte a level.
    uint8_t *negated;
} populus_idpf_generation;

/// From `path` down to the last inner level, with AES-NI, four blocks in flight.
void populus_idpf_generate_aesni(const populus_idpf_generation *generation, populus_idpf_path *path);

/// Adds what the servers' shares are to add up to on the path: two canonical elements of Field64 a level.
void populus_idpf_add_beta(void *value_cw, const uint8_t *negated, const void *beta, size_t levels);

/// Does what `populus_turboshake128_squeeze_lanes` does for `count` sponges and `populus_idpf_generate_aesni` for
/// `generation`. From AVX2 on at once: the one waits for results, the other keeps the units busy.
void populus_shard(
    int isa, populus_turboshake128 *sponges, size_t count, uint8_t *out, size_t stride, size_t blocks,
    const populus_idpf_generation *generation, populus_idpf_path *path);
