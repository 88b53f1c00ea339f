#include "sealing.h"

#include <CCryptoBoringSSL_err.h>
#include <CCryptoBoringSSL_hpke.h>

/* Starts the sender: with a key of its own, or with the one that is given. */
static int start(EVP_HPKE_CTX *context, uint8_t *enc, const uint8_t *public_key, const uint8_t *ephemeral,
                 const uint8_t *info, size_t info_length) {
    const EVP_HPKE_KEM *kem = EVP_hpke_x25519_hkdf_sha256();
    const EVP_HPKE_KDF *kdf = EVP_hpke_hkdf_sha256();
    const EVP_HPKE_AEAD *aead = EVP_hpke_aes_128_gcm();
    const size_t size = POPULUS_SEALING_KEY_SIZE;
    size_t written = 0;
    int ok = ephemeral != NULL
                 ? EVP_HPKE_CTX_setup_sender_with_seed_for_testing(context, enc, &written, size, kem, kdf, aead,
                                                                   public_key, size, info, info_length, ephemeral, size)
                 : EVP_HPKE_CTX_setup_sender(context, enc, &written, size, kem, kdf, aead, public_key, size, info,
                                             info_length);
    return ok && written == size;
}

int populus_sealing_seal(const uint8_t *public_key, const uint8_t *ephemeral, const uint8_t *info, size_t info_length,
                         const uint8_t *associated, size_t associated_length, const uint8_t *plaintext, size_t length,
                         uint8_t *enc, uint8_t *ciphertext) {
    const size_t sealed = length + POPULUS_SEALING_TAG_SIZE;
    size_t written = 0;
    EVP_HPKE_CTX *context = EVP_HPKE_CTX_new();
    if (context == NULL) return 0;
    int ok = start(context, enc, public_key, ephemeral, info, info_length) &&
             EVP_HPKE_CTX_seal(context, ciphertext, &written, sealed, plaintext, length, associated,
                               associated_length) &&
             written == sealed;
    EVP_HPKE_CTX_free(context);
    /* Why it failed stays in a list of this thread otherwise, which is the host's thread. */
    if (!ok) ERR_clear_error();
    return ok;
}
