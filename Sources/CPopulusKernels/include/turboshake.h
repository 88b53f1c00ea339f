#pragma once

#include <stddef.h>
#include <stdint.h>

// TurboSHAKE128 (RFC 9861, section 2.2): Keccak-p[1600, 12], a rate of 168 bytes. Constant-time in the data.

#define POPULUS_TURBOSHAKE128_RATE 168

/// Instruction sets. Scalar code that runs everywhere is the reference.
enum { POPULUS_KECCAK_PORTABLE = 0, POPULUS_KECCAK_BMI = 1 };

/// A sponge: absorb any number of times, finish once, squeeze any number of times.
typedef struct {
    uint64_t lanes[25];
    /// Bytes absorbed into, or squeezed from, the current block; in `[0, 168]`.
    uint64_t offset;
    /// POPULUS_KECCAK_PORTABLE or, where the CPU has BMI1 and BMI2, POPULUS_KECCAK_BMI.
    uint64_t path;
} populus_turboshake128;

/// Keccak-p[1600, 12] on 25 lanes, lane (x, y) at index x + 5y.
void populus_keccak_p12(uint64_t *lanes);

/// The same, for CPUs with BMI1 and BMI2.
void populus_keccak_p12_bmi(uint64_t *lanes);

void populus_turboshake128_absorb(populus_turboshake128 *sponge, const uint8_t *bytes, size_t count);

/// Ends absorption. `domain` is the domain separation byte, in `[0x01, 0x7f]`.
void populus_turboshake128_finish(populus_turboshake128 *sponge, uint8_t domain);

void populus_turboshake128_squeeze(populus_turboshake128 *sponge, uint8_t *out, size_t count);

/// `count` hashes of messages of one length, which later kernels compute side by side: message `i` is the
/// `message_length` bytes at `messages + i * message_length`, its output the `out_length` bytes at `out + i * out_length`.
void populus_turboshake128_batch(
    uint64_t path, const uint8_t *messages, size_t message_length, uint8_t domain, uint8_t *out, size_t out_length,
    size_t count);
