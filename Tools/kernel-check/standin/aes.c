/* AES-128 by the text of FIPS 197, for checks only: slow, and variable-time in key and data. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fixed_key_aes.h"

struct standin_cipher_context {
    populus_aes128_schedule schedule;
};

/* Multiplication by x in GF(2^8). */
static uint8_t times_x(uint8_t a) { return (uint8_t)((a << 1) ^ ((a >> 7) * 0x1b)); }

/* Section 5.1.1: the inverse in GF(2^8), by search, then the affine map. */
static uint8_t multiply(uint8_t a, uint8_t b) {
    uint8_t product = 0;
    for (int i = 0; i < 8; i++, a = times_x(a))
        if (b >> i & 1) product ^= a;
    return product;
}

static const uint8_t *sbox(void) {
    static uint8_t table[256];
    if (table[0]) return table;
    for (int a = 0; a < 256; a++) {
        int inverse = 0;
        for (int b = 1; a && b < 256 && !inverse; b++)
            if (multiply((uint8_t)a, (uint8_t)b) == 1) inverse = b;
        uint8_t out = 0x63;
        for (int i = 0; i < 5; i++) out ^= (uint8_t)(inverse << i | inverse >> (8 - i));
        table[a] = out;
    }
    return table;
}

static void encrypt(const uint8_t *keys, uint8_t *block) {
    const uint8_t *s = sbox();
    for (int i = 0; i < 16; i++) block[i] ^= keys[i];
    for (int round = 1; round <= 10; round++) {
        uint8_t t[16];
        /* SubBytes and ShiftRows. */
        for (int i = 0; i < 16; i++) t[i] = s[block[(i + 4 * (i % 4)) % 16]];
        for (int c = 0; c < 16; c += 4) {
            uint8_t all = t[c] ^ t[c + 1] ^ t[c + 2] ^ t[c + 3];
            for (int i = 0; i < 4; i++) {
                uint8_t mixed = t[c + i] ^ all ^ times_x(t[c + i] ^ t[c + (i + 1) % 4]);
                block[c + i] = (round < 10 ? mixed : t[c + i]) ^ keys[16 * round + c + i];
            }
        }
    }
}

EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void) { return calloc(1, sizeof(EVP_CIPHER_CTX)); }
void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *context) { free(context); }
const EVP_CIPHER *EVP_aes_128_ecb(void) { return NULL; }
int EVP_CIPHER_CTX_set_padding(EVP_CIPHER_CTX *context, int pad) { return context && !pad; }
void OPENSSL_cleanse(void *bytes, size_t count) { memset(bytes, 0, count); }

int EVP_EncryptInit_ex(
    EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, void *engine, const unsigned char *key, const unsigned char *iv) {
    (void)cipher, (void)engine, (void)iv;
    if (key) populus_aes128_expand(&context->schedule, key);
    return 1;
}

int EVP_EncryptUpdate(
    EVP_CIPHER_CTX *context, unsigned char *out, int *out_count, const unsigned char *in, int in_count) {
    memmove(out, in, (size_t)in_count);
    for (int i = 0; i < in_count; i += 16) encrypt(context->schedule.bytes, out + i);
    *out_count = in_count;
    return 1;
}
