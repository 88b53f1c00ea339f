#include "fixed_key_aes.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

// Where the CPU has no AES instructions libcrypto's implementation is a constant-time one (vector permutations or bit
// slices), which a table-driven AES of our own would not be.

void *populus_evp_aes128_new(const uint8_t *key) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context) return 0;
    if (EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), 0, key, 0) != 1 || EVP_CIPHER_CTX_set_padding(context, 0) != 1) {
        EVP_CIPHER_CTX_free(context);
        return 0;
    }
    return context;
}

void populus_evp_aes128_free(void *context) { EVP_CIPHER_CTX_free(context); }

bool populus_evp_aes128_encrypt(void *context, const uint8_t *in, uint8_t *out, size_t count) {
    int written = 0;
    return EVP_EncryptUpdate(context, out, &written, in, (int)(16 * count)) == 1 && written == (int)(16 * count);
}

#define CHUNK 32

typedef struct {
    uint64_t low, high;
} populus_block;

static populus_block sigma(populus_block x) {
    populus_block s = {x.high, x.high ^ x.low};
    return s;
}

// Encrypts `count` blocks of `s`, at most CHUNK, and XORs `s` to the result.
static bool encrypt(EVP_CIPHER_CTX *context, const populus_block *s, populus_block *out, size_t count) {
    int written = 0;
    int size = (int)(count * sizeof(populus_block));
    if (EVP_EncryptUpdate(context, (uint8_t *)out, &written, (const uint8_t *)s, size) != 1 || written != size) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        out[i].low ^= s[i].low;
        out[i].high ^= s[i].high;
    }
    return true;
}

bool populus_aes_hash_evp(void *context, const void *input, uint64_t tweak, void *output, size_t count) {
    const populus_block *in = input;
    populus_block *out = output;
    populus_block s[CHUNK];
    bool ok = true;
    for (size_t i = 0; i < count && ok; i += CHUNK) {
        size_t n = count - i < CHUNK ? count - i : CHUNK;
        for (size_t j = 0; j < n; j++) {
            populus_block x = {in[i + j].low ^ tweak, in[i + j].high};
            s[j] = sigma(x);
        }
        ok = encrypt(context, s, out + i, n);
    }
    OPENSSL_cleanse(s, sizeof s);
    return ok;
}

bool populus_aes_hash_pairs_evp(void *context, const void *input, void *output, size_t count) {
    const populus_block *in = input;
    populus_block *out = output;
    populus_block s[CHUNK];
    bool ok = true;
    for (size_t i = 0; i < count && ok; i += CHUNK / 2) {
        size_t n = count - i < CHUNK / 2 ? count - i : CHUNK / 2;
        for (size_t j = 0; j < n; j++) {
            populus_block flipped = {in[i + j].low ^ 1, in[i + j].high};
            s[2 * j] = sigma(in[i + j]);
            s[2 * j + 1] = sigma(flipped);
        }
        ok = encrypt(context, s, out + 2 * i, 2 * n);
    }
    OPENSSL_cleanse(s, sizeof s);
    return ok;
}
