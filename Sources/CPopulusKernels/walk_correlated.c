/* Correlated randomness from what is left of the sponges' blocks. */
#include "walk_keccak.h"

int walk_correlated_peek(const uint8_t *sponges, const uint32_t *rows, size_t report_count, uint64_t skip,
                         uint64_t bound, uint64_t *abc) {
    if (skip + 3 > RATE / 8) return 1;
    for (size_t i = 0; i < report_count; i++) {
        const sponge *p = (const sponge *)(const void *)(sponges + WALK_SPONGE_SIZE * (size_t)rows[i]);
        uint64_t wanted = skip + 3, word = p->position / 8, *out = abc + 3 * i;
        while (wanted > 0) {
            if (word == RATE / 8) return 1;
            uint64_t x = p->s[word++];
            if (x >= bound) continue;
            if (wanted <= 3) out[3 - wanted] = x;
            wanted--;
        }
    }
    return 0;
}
