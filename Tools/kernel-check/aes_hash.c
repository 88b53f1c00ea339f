#include "check.h"

/* Blocks: none, one, around the 2 to 32 blocks of the lanes, around the chunks of the portable path, and many. */
static size_t counts[70];
static size_t make_counts(void) {
    size_t n = 0;
    for (size_t i = 0; i <= 50; i++) counts[n++] = i;
    for (size_t i = 63; i <= 65; i++) counts[n++] = i;
    for (size_t i = 127; i <= 130; i++) counts[n++] = i;
    counts[n++] = 1000;
    return n;
}

/* What `path` makes of a key. */
static populus_aes128_schedule expanded(int path, const uint8_t key[16]) {
    populus_aes128_schedule schedule;
    if (path == 0) populus_aes128_expand_portable(&schedule, key);
    else if (path == 2) populus_aes128_expand_neon(&schedule, key);
    else populus_aes128_expand_aesni(&schedule, key);
    return schedule;
}

static populus_aes128_schedule make_key(int path) {
    uint8_t bytes[16];
    random_bytes(bytes, 16);
    return expanded(path, bytes);
}

static void hash(const populus_aes128_schedule *key, int path, const void *in, uint64_t tweak, void *out, size_t count) {
    if (path == 0) populus_aes_hash_portable(key, in, tweak, out, count);
    if (path == 1) populus_aes_hash_aesni(key, in, tweak, out, count);
    if (path == 2) populus_aes_hash_neon(key, in, tweak, out, count);
    if (path == 3) populus_aes_hash_vaes(key, in, tweak, out, count);
    if (path == 4) populus_aes_hash_avx512(key, in, tweak, out, count);
}

static void hash_pairs(const populus_aes128_schedule *key, int path, const void *in, void *out, size_t count) {
    if (path == 0) populus_aes_hash_pairs_portable(key, in, out, count);
    if (path == 1) populus_aes_hash_pairs_aesni(key, in, out, count);
    if (path == 2) populus_aes_hash_pairs_neon(key, in, out, count);
}

static void run_hash(int path) {
    size_t n = make_counts();
    for (size_t i = 0; i < n; i++) {
        for (int in_place = 0; in_place < 2; in_place++) {
            populus_aes128_schedule key = make_key(path);
            size_t size = 16 * counts[i];
            uint64_t tweak = i % 3 == 0 ? i : random_word();
            uint8_t *in = make_bytes(size), *out = make_filled(size, 1);
            if (in_place) memcpy(out, in, size);
            hash(&key, path, in_place ? out : in, tweak, out, counts[i]);
            take_output(out, size);
            discard(in), discard(out);
        }
    }
}

static void run_pairs(int path) {
    size_t n = make_counts();
    for (size_t i = 0; i < n; i++) {
        populus_aes128_schedule key = make_key(path);
        size_t size = 16 * counts[i];
        uint8_t *in = make_bytes(size), *out = make_filled(2 * size, 1);
        hash_pairs(&key, path, in, out, counts[i]);
        take_output(out, 2 * size);
        discard(in), discard(out);
    }
}

static void encrypt(const populus_aes128_schedule *key, int path, const void *in, void *out, size_t count) {
    if (path == 0) populus_aes128_encrypt_portable(key, in, out, count);
    if (path == 1) populus_aes128_encrypt_aesni(key, in, out, count);
    if (path == 2) populus_aes128_encrypt_neon(key, in, out, count);
}

/* FIPS 197, appendices B and C.1. */
static void known_answers(int path) {
    static const uint8_t keys[2][16] = {
        {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c},
        {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f}};
    static const uint8_t plain[2][16] = {
        {0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d, 0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34},
        {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}};
    static const uint8_t cipher[2][16] = {
        {0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb, 0xdc, 0x11, 0x85, 0x97, 0x19, 0x6a, 0x0b, 0x32},
        {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a}};
    for (int i = 0; i < 2; i++) {
        populus_aes128_schedule key = expanded(path, keys[i]);
        uint8_t *in = make_filled(16, 0), *out = make_filled(16, 0);
        memcpy(in, plain[i], 16);
        encrypt(&key, path, in, out, 1);
        expect(memcmp(cipher[i], out, 16) == 0);
        fips197_encrypt(keys[i], in, out);
        expect(memcmp(cipher[i], out, 16) == 0);
        discard(in), discard(out);
    }
}

/* AES as it is, against the text of the standard; then each byte in every place. */
static void run_cipher(int path) {
    known_answers(path);
    for (size_t count = 0; count <= 40; count++) {
        uint8_t bytes[16], expected[16];
        random_bytes(bytes, 16);
        populus_aes128_schedule key = expanded(path, bytes);
        uint8_t *in = make_bytes(16 * count), *out = make_filled(16 * count, 1);
        encrypt(&key, path, in, out, count);
        for (size_t i = 0; i < count; i++) {
            fips197_encrypt(bytes, in + 16 * i, expected);
            expect(memcmp(expected, out + 16 * i, 16) == 0);
        }
        take_output(out, 16 * count);
        discard(in), discard(out);
    }
    populus_aes128_schedule key = make_key(path);
    uint8_t *blocks = make_filled(16 * 256, 0);
    for (size_t i = 0; i < 16 * 256; i++) blocks[i] = (uint8_t)(i / 16);
    encrypt(&key, path, blocks, blocks, 256);
    take_output(blocks, 16 * 256);
    discard(blocks);
}

static int value(const check_path *path) { return path->aes; }
/* Two seeds a call fill no vector; nor does what only benchmarks use. */
static int pairs_value(const check_path *path) { return path->aes < 3 ? path->aes : -1; }

void check_aes_hash(void) {
    check_kernel("aes", pairs_value, run_cipher);
    check_kernel("aes_hash", value, run_hash);
    check_kernel("aes_hash_pairs", pairs_value, run_pairs);
}
