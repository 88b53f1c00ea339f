#include "check.h"

/* Around the rate, 168 bytes, and once and twice around it. */
static const size_t lengths[] = {0, 1, 7, 8, 9, 16, 41, 167, 168, 169, 175, 176, 335, 336, 337, 504, 600};
#define LENGTHS (sizeof lengths / sizeof lengths[0])

static int value(const check_path *path) { return path->keccak; }

/* One sponge, fed and emptied in pieces of all sizes. */
static void run_sponge(int reference, int path) {
    for (size_t i = 0; i < LENGTHS; i++) {
        for (size_t j = 0; j < LENGTHS; j++) {
            uint8_t *message = make_bytes(lengths[i]), *outputs[2];
            uint64_t pieces = random_word();
            for (int which = 0; which < 2; which++) {
                populus_turboshake128 sponge = {{0}, 0, (uint64_t)(which ? path : reference)};
                outputs[which] = make_filled(lengths[j], (uint8_t)which);
                seed_random(pieces);
                for (size_t done = 0; done < lengths[i];) {
                    size_t part = random_below(200) + 1;
                    if (part > lengths[i] - done) part = lengths[i] - done;
                    populus_turboshake128_absorb(&sponge, message + done, part);
                    done += part;
                }
                populus_turboshake128_finish(&sponge, 0x1f);
                for (size_t done = 0; done < lengths[j];) {
                    size_t part = random_below(200) + 1;
                    if (part > lengths[j] - done) part = lengths[j] - done;
                    populus_turboshake128_squeeze(&sponge, outputs[which] + done, part);
                    done += part;
                }
            }
            expect_equal(outputs[0], outputs[1], lengths[j]);
            discard(message), discard(outputs[0]), discard(outputs[1]);
        }
    }
}

/* Messages side by side: 0 to two groups of the widest lanes (8) and one more. */
static void run_batch(int reference, int path) {
    for (size_t count = 0; count <= 17; count++) {
        for (size_t i = 0; i < LENGTHS; i++) {
            size_t in = lengths[i], out = lengths[(i + count) % LENGTHS];
            uint8_t *messages = make_bytes(in * count);
            uint8_t *expected = make_filled(out * count, 1), *result = make_filled(out * count, 2);
            populus_turboshake128_batch((uint64_t)reference, messages, in, 1, expected, out, count);
            populus_turboshake128_batch((uint64_t)path, messages, in, 1, result, out, count);
            expect_equal(expected, result, out * count);
            discard(messages), discard(expected), discard(result);
        }
    }
}

void check_keccak(void) {
    check_kernel("turboshake128", value, run_sponge);
    check_kernel("turboshake128_batch", value, run_batch);
}
