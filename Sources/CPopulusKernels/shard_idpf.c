#include "shard_idpf.h"

#if defined(__x86_64__)
#define AESNI __attribute__((target("aes,sse4.1")))

AESNI void populus_idpf_generate_aesni(const populus_idpf_generation *generation, populus_idpf_path *path) {
    shard_path p;
    shard_path_begin(&p, generation, path);
    while (p.level < generation->levels) shard_path_level(&p);
    shard_path_end(&p, path);
}
#else
void populus_idpf_generate_aesni(const populus_idpf_generation *generation, populus_idpf_path *path) {
    (void)generation, (void)path;
    __builtin_trap();
}
#endif

void populus_idpf_add_beta(void *value_cw, const uint8_t *negated, const void *beta, size_t levels) {
    uint64_t *values = value_cw;
    const uint64_t *wanted = beta;
    for (size_t i = 0; i < levels; i++) {
        uint64_t mask = populus_mask(negated[i]);
        for (int k = 0; k < 2; k++) {
            /* beta, or p - beta, which is at most p: f64_add takes that. */
            uint64_t x = (wanted[2 * i + k] ^ mask) + ((P64 + 1) & mask);
            values[2 * i + k] = f64_add(values[2 * i + k], x);
        }
    }
}
