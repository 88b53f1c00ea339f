#include <stdlib.h>

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

typedef struct {
    populus_aes128_schedule schedule;
    void *context;
} hash_key;

static hash_key make_key(void) {
    hash_key key;
    uint8_t bytes[16];
    random_bytes(bytes, 16);
    populus_aes128_expand(&key.schedule, bytes);
    key.context = populus_evp_aes128_new(bytes);
    if (!key.context) abort();
    return key;
}

static void hash(const hash_key *key, int path, const void *in, uint64_t tweak, void *out, size_t count) {
    if (path == 0) expect(populus_aes_hash_evp(key->context, in, tweak, out, count));
    if (path == 1) populus_aes_hash_aesni(&key->schedule, in, tweak, out, count);
    if (path == 2) populus_aes_hash_neon(&key->schedule, in, tweak, out, count);
    if (path == 3) populus_aes_hash_vaes(&key->schedule, in, tweak, out, count);
    if (path == 4) populus_aes_hash_avx512(&key->schedule, in, tweak, out, count);
}

static void hash_pairs(const hash_key *key, int path, const void *in, void *out, size_t count) {
    if (path == 0) expect(populus_aes_hash_pairs_evp(key->context, in, out, count));
    if (path == 1) populus_aes_hash_pairs_aesni(&key->schedule, in, out, count);
    if (path == 2) populus_aes_hash_pairs_neon(&key->schedule, in, out, count);
}

static void run_hash(int path) {
    size_t n = make_counts();
    for (size_t i = 0; i < n; i++) {
        for (int in_place = 0; in_place < 2; in_place++) {
            hash_key key = make_key();
            size_t size = 16 * counts[i];
            uint64_t tweak = i % 3 == 0 ? i : random_word();
            uint8_t *in = make_bytes(size), *out = make_filled(size, 1);
            if (in_place) memcpy(out, in, size);
            hash(&key, path, in_place ? out : in, tweak, out, counts[i]);
            take_output(out, size);
            discard(in), discard(out);
            populus_evp_aes128_free(key.context);
        }
    }
}

static void run_pairs(int path) {
    size_t n = make_counts();
    for (size_t i = 0; i < n; i++) {
        hash_key key = make_key();
        size_t size = 16 * counts[i];
        uint8_t *in = make_bytes(size), *out = make_filled(2 * size, 1);
        hash_pairs(&key, path, in, out, counts[i]);
        take_output(out, 2 * size);
        discard(in), discard(out);
        populus_evp_aes128_free(key.context);
    }
}

/* FIPS 197, appendix B: the AES that stands in for libcrypto where there is none must be AES. */
static void known_answer(void) {
    static const uint8_t key[16] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                    0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
    static const uint8_t plain[16] = {0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d,
                                      0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34};
    static const uint8_t cipher[16] = {0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb,
                                       0xdc, 0x11, 0x85, 0x97, 0x19, 0x6a, 0x0b, 0x32};
    uint8_t out[16];
    void *context = populus_evp_aes128_new(key);
    expect(context && populus_evp_aes128_encrypt(context, plain, out, 1));
    expect(memcmp(cipher, out, 16) == 0);
    populus_evp_aes128_free(context);
}

static void run_both(int path) {
    known_answer();
    run_hash(path);
}

static int value(const check_path *path) { return path->aes; }
/* Two seeds a call fill no vector. */
static int pairs_value(const check_path *path) { return path->aes < 3 ? path->aes : -1; }

void check_aes_hash(void) {
    check_kernel("aes_hash", value, run_both);
    check_kernel("aes_hash_pairs", pairs_value, run_pairs);
}
