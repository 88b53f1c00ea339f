#include "aes_sliced.h"
#include "include/wipe.h"

#define GROUP 4

void populus_aes_hash_portable(
    const populus_aes128_schedule *schedule, const void *input, uint64_t tweak, void *output, size_t count) {
    const aes_block *in = input;
    aes_block *out = output, x[GROUP] = {{0, 0}};
    aes_slices keys;
    aes_slices_of(schedule, &keys);
    for (size_t i = 0; i < count; i += GROUP) {
        size_t n = count - i < GROUP ? count - i : GROUP;
        for (size_t j = 0; j < n; j++) {
            x[j] = in[i + j];
            x[j].low ^= tweak;
            x[j] = aes_sigma(x[j]);
        }
        aes_sliced_hash(&keys, x);
        for (size_t j = 0; j < n; j++) out[i + j] = x[j];
    }
    walk_wipe(x, sizeof x);
}

void populus_aes_hash_pairs_portable(
    const populus_aes128_schedule *schedule, const void *input, void *output, size_t count) {
    const aes_block *in = input;
    aes_block *out = output, x[GROUP] = {{0, 0}};
    aes_slices keys;
    aes_slices_of(schedule, &keys);
    for (size_t i = 0; i < count; i += GROUP / 2) {
        size_t n = count - i < GROUP / 2 ? count - i : GROUP / 2;
        for (size_t j = 0; j < n; j++) {
            x[2 * j] = x[2 * j + 1] = aes_sigma(in[i + j]);
            x[2 * j + 1].high ^= 1; /* sigma of the tweak 1 */
        }
        aes_sliced_hash(&keys, x);
        for (size_t j = 0; j < 2 * n; j++) out[2 * i + j] = x[j];
    }
    walk_wipe(x, sizeof x);
}

void populus_aes128_encrypt_portable(
    const populus_aes128_schedule *schedule, const void *input, void *output, size_t count) {
    const aes_block *in = input;
    aes_block *out = output, x[GROUP] = {{0, 0}};
    aes_slices keys;
    aes_slices_of(schedule, &keys);
    for (size_t i = 0; i < count; i += GROUP) {
        size_t n = count - i < GROUP ? count - i : GROUP;
        for (size_t j = 0; j < n; j++) x[j] = in[i + j];
        aes_sliced_encrypt(&keys, x);
        for (size_t j = 0; j < n; j++) out[i + j] = x[j];
    }
    walk_wipe(x, sizeof x);
}
