#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The hash of XofFixedKeyAes128: H(x) = AES128(key, sigma(x)) ^ sigma(x), with sigma(lo || hi) = hi || (hi ^ lo).
// Spec: VDAF, section "XofFixedKeyAes128". The key is public, the blocks are secret: every path is constant-time in them.
//
// Arrays of blocks are arrays of sixteen bytes, each two little-endian words, at an address that eight divides. The tweak is
// XORed into the low word of each input, which is how the XOF numbers its output blocks.

/// The eleven round keys of AES-128, in the byte order of the AES instructions.
typedef struct {
    uint8_t bytes[176];
} __attribute__((aligned(16))) populus_aes128_schedule;

/// Expands `key`, 16 bytes. The AES-NI paths take the result. Variable-time in the key, which is public.
void populus_aes128_expand(populus_aes128_schedule *schedule, const uint8_t *key);

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

/// A libcrypto context that encrypts single blocks under `key`, for the portable paths; null when there is no memory.
/// The caller owns it.
void *populus_evp_aes128_new(const uint8_t *key);

/// Wipes and frees a context of `populus_evp_aes128_new`.
void populus_evp_aes128_free(void *context);

/// As `populus_aes_hash_aesni`, through libcrypto. False when libcrypto refuses.
bool populus_aes_hash_evp(void *context, const void *in, uint64_t tweak, void *out, size_t count);

/// As `populus_aes_hash_pairs_aesni`, through libcrypto. False when libcrypto refuses.
bool populus_aes_hash_pairs_evp(void *context, const void *in, void *out, size_t count);

/// Encrypts `count` blocks of 16 bytes, at most 2^26, as libcrypto's ECB mode does; `out` may be `in`. False when libcrypto
/// refuses. Benchmarks measure themselves against it.
bool populus_evp_aes128_encrypt(void *context, const uint8_t *in, uint8_t *out, size_t count);
