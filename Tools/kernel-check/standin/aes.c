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

static uint8_t multiply(uint8_t a, uint8_t b) {
    uint8_t product = 0;
    for (int i = 0; i < 8; i++, a = times_x(a))
        if (b >> i & 1) product ^= a;
    return product;
}

/* What an input byte in row 0 becomes through SubBytes, and adds to its column through MixColumns. */
static uint8_t sbox[256];
static uint32_t columns[256];

static void make_tables(void) {
    if (sbox[0]) return;
    for (int a = 0; a < 256; a++) {
        /* Section 5.1.1: the inverse in GF(2^8), by search, then the affine map. */
        int inverse = 0;
        for (int b = 1; a && b < 256 && !inverse; b++)
            if (multiply((uint8_t)a, (uint8_t)b) == 1) inverse = b;
        uint8_t s = 0x63;
        for (int i = 0; i < 5; i++) s ^= (uint8_t)(inverse << i | inverse >> (8 - i));
        sbox[a] = s;
        uint8_t twice = times_x(s), thrice = twice ^ s;
        columns[a] = twice | (uint32_t)s << 8 | (uint32_t)s << 16 | (uint32_t)thrice << 24;
    }
}

static uint32_t rotate(uint32_t x, int bytes) { return bytes ? x << (8 * bytes) | x >> (32 - 8 * bytes) : x; }

static void encrypt(const uint8_t *keys, uint8_t *block) {
    uint32_t state[4], key[4];
    memcpy(state, block, 16);
    memcpy(key, keys, 16);
    for (int c = 0; c < 4; c++) state[c] ^= key[c];
    for (int round = 1; round <= 10; round++) {
        uint32_t next[4];
        memcpy(key, keys + 16 * round, 16);
        for (int c = 0; c < 4; c++) {
            next[c] = key[c];
            for (int row = 0; row < 4; row++) {
                /* ShiftRows: row r of column c comes from column c + r. */
                uint8_t byte = (uint8_t)(state[(c + row) % 4] >> (8 * row));
                next[c] ^= round < 10 ? rotate(columns[byte], row) : (uint32_t)sbox[byte] << (8 * row);
            }
        }
        memcpy(state, next, 16);
    }
    memcpy(block, state, 16);
}

EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void) { return calloc(1, sizeof(EVP_CIPHER_CTX)); }
void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *context) { free(context); }
const EVP_CIPHER *EVP_aes_128_ecb(void) { return NULL; }
int EVP_CIPHER_CTX_set_padding(EVP_CIPHER_CTX *context, int pad) { return context && !pad; }
void OPENSSL_cleanse(void *bytes, size_t count) { memset(bytes, 0, count); }

int EVP_EncryptInit_ex(
    EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, void *engine, const unsigned char *key, const unsigned char *iv) {
    (void)cipher, (void)engine, (void)iv;
    make_tables();
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
