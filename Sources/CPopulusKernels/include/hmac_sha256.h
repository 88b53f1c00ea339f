#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
/* A part of a message. */
typedef struct {
    const uint8_t *bytes;
    size_t count;
} populus_part;

/*
 * HMAC-SHA256 of a message in parts, with a key of at most 64 bytes: 32 bytes. For CPUs of which populus_cpu_has_sha says so. Its
 * steps depend on the lengths only; it leaves secrets on the stack. RFC 2104 section 2, FIPS 180-4 section 6.2.
 */
void populus_hmac_sha256(const uint8_t *key, size_t key_count, const populus_part *parts, size_t count, uint8_t *code);
#endif
