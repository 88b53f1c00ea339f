/* Known answers: what the library makes of randomness that it is given. For tests of the library alone. No release has
 * these functions: `Tools/c-client/build --variant testing` compiles them in. */
#ifndef POPULUS_CLIENT_TESTING_H
#define POPULUS_CLIENT_TESTING_H

#include "populus_client.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that a call hands out: yours, to be freed with populus_client_testing_free. */
typedef struct populus_client_bytes {
    uint8_t *bytes;
    size_t length;
} populus_client_bytes;

/* Shards a measurement of the client's task: `measurement` as in populus_client_make_report,
 * but zeros and ones for each bit of the path in a task of strings.
 *
 * - context: the VDAF's application context; nonce: 16 bytes; rand: as many as the VDAF takes. */
populus_client_status populus_client_testing_shard(
    populus_client *client, const uint8_t *context, size_t context_length, const uint8_t *measurement, size_t length,
    const uint8_t *nonce, const uint8_t *rand, size_t rand_length, populus_client_bytes *public_share,
    populus_client_bytes *leader_share, populus_client_bytes *helper_share, populus_client_error *error);

/* Shards `count` times with fresh randomness, and makes nothing of it: to be measured. */
populus_client_status populus_client_testing_shard_often(
    populus_client *client, const uint8_t *measurement, size_t length, uint64_t count, populus_client_error *error);

/* HPKE in base mode (RFC 9180 §6.1) with the ephemeral private key given: 32 bytes of public key, 32 of `enc` written,
 * `length` + 16 of ciphertext written. */
populus_client_status populus_client_testing_seal(
    const uint8_t *public_key, const uint8_t *ephemeral, const uint8_t *info, size_t info_length,
    const uint8_t *associated, size_t associated_length, const uint8_t *plaintext, size_t length, uint8_t *enc,
    uint8_t *ciphertext);

/* Wipes and frees. */
void populus_client_testing_free(populus_client_bytes *bytes);

#ifdef __cplusplus
}
#endif

#endif
