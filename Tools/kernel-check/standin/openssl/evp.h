/* Stands in for libcrypto where a cross-compiler has none: AES-128-ECB without padding, as far as the kernels use it. */
#pragma once
#include <stddef.h>

typedef struct standin_cipher_context EVP_CIPHER_CTX;
typedef struct standin_cipher EVP_CIPHER;

EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void);
void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *context);
const EVP_CIPHER *EVP_aes_128_ecb(void);
int EVP_EncryptInit_ex(
    EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, void *engine, const unsigned char *key, const unsigned char *iv);
int EVP_CIPHER_CTX_set_padding(EVP_CIPHER_CTX *context, int pad);
int EVP_EncryptUpdate(
    EVP_CIPHER_CTX *context, unsigned char *out, int *out_count, const unsigned char *in, int in_count);
