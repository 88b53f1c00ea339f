#pragma once

#include <stddef.h>
#include <stdint.h>

// The hash of XofFixedKeyAes128: H(x) = AES128(key, sigma(x)) ^ sigma(x), with sigma(lo || hi) = hi || (hi ^ lo).
// Spec: VDAF, section "XofFixedKeyAes128". The key is public, the blocks are secret: every path is constant-time in them.
//
// Arrays of blocks are arrays of sixteen bytes, each two little-endian words, at an address that eight divides. The tweak is
// XORed into the low word of each input, which is how the XOF numbers its output blocks.

/// The eleven round keys of AES-128: in the byte order of the AES instructions, or, for the portable path, in bit slices of
/// its own. A function takes what the `expand` of its path has made: that of AES-NI is for VAES too.
typedef struct {
    uint8_t bytes[176];
} __attribute__((aligned(16))) populus_aes128_schedule;

/// Expands `key`, 16 bytes, for the paths with AES-NI. Constant-time, as the next two are.
void populus_aes128_expand_aesni(populus_aes128_schedule *schedule, const uint8_t *key);

/// The same for the AES instructions of ARMv8.
void populus_aes128_expand_neon(populus_aes128_schedule *schedule, const uint8_t *key);

/// The same for the portable path.
void populus_aes128_expand_portable(populus_aes128_schedule *schedule, const uint8_t *key);

/// `out[i] = H(in[i] ^ tweak)` for `i` in `[0, count)`; `out` may be `in`. AES-NI, eight blocks in flight.
void populus_aes_hash_aesni(
    const populus_aes128_schedule *schedule, const void *in, uint64_t tweak, void *out, size_t count);

/// `out[2i] = H(in[i])` and `out[2i + 1] = H(in[i] ^ 1)` for `i` in `[0, count)`; `out` must not overlap `in`.
/// AES-NI, eight blocks in flight.
void populus_aes_hash_pairs_aesni(
    const populus_aes128_schedule *schedule, const void *in, void *out, size_t count);

/// As `populus_aes_hash_aesni`, with AES on vectors of 256 bits (VAES, AVX2), 16 blocks in flight.
void populus_aes_hash_vaes(
    const populus_aes128_schedule *schedule, const void *in, uint64_t tweak, void *out, size_t count);

/// As `populus_aes_hash_aesni`, with AES on vectors of 512 bits (VAES, AVX-512F), 32 blocks in flight.
void populus_aes_hash_avx512(
    const populus_aes128_schedule *schedule, const void *in, uint64_t tweak, void *out, size_t count);

/// As `populus_aes_hash_aesni`, with the AES instructions of ARMv8.
void populus_aes_hash_neon(
    const populus_aes128_schedule *schedule, const void *in, uint64_t tweak, void *out, size_t count);

/// As `populus_aes_hash_pairs_aesni`, with the AES instructions of ARMv8.
void populus_aes_hash_pairs_neon(
    const populus_aes128_schedule *schedule, const void *in, void *out, size_t count);

/// As `populus_aes_hash_aesni`, in plain C, four blocks at a time.
void populus_aes_hash_portable(
    const populus_aes128_schedule *schedule, const void *in, uint64_t tweak, void *out, size_t count);

/// As `populus_aes_hash_pairs_aesni`, in plain C, four blocks at a time.
void populus_aes_hash_pairs_portable(
    const populus_aes128_schedule *schedule, const void *in, void *out, size_t count);

/// Encrypts `count` blocks, each by itself; `out` may be `in`. AES-NI, eight blocks in flight. Nothing but benchmarks and
/// checks needs AES as it is: the one measure themselves against it, the other have its known answers.
void populus_aes128_encrypt_aesni(
    const populus_aes128_schedule *schedule, const void *in, void *out, size_t count);

/// The same with the AES instructions of ARMv8.
void populus_aes128_encrypt_neon(
    const populus_aes128_schedule *schedule, const void *in, void *out, size_t count);

/// The same in plain C.
void populus_aes128_encrypt_portable(
    const populus_aes128_schedule *schedule, const void *in, void *out, size_t count);
