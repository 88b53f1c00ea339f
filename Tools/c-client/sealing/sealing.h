/* HPKE's base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM, by BoringSSL. */
#ifndef POPULUS_SEALING_H
#define POPULUS_SEALING_H

#include <stddef.h>
#include <stdint.h>

enum { POPULUS_SEALING_KEY_SIZE = 32, POPULUS_SEALING_TAG_SIZE = 16 };

/* Encrypts one message: writes 32 bytes to `enc` and `length` + 16 to `ciphertext`. `ephemeral` is NULL, or for
 * known answers the 32 bytes of the ephemeral private key.
 *
 * Returns 1, or 0 where the public key is of low order or memory is short; then nothing that was written is of use. */
int populus_sealing_seal(
    const uint8_t *public_key, const uint8_t *ephemeral, const uint8_t *info, size_t info_length,
    const uint8_t *associated, size_t associated_length, const uint8_t *plaintext, size_t length, uint8_t *enc,
    uint8_t *ciphertext);

#endif
