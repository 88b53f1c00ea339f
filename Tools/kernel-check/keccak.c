#include "check.h"

/* Around the rate, 168 bytes, and once and twice around it. */
static const size_t lengths[] = {0, 1, 7, 8, 9, 16, 41, 167, 168, 169, 175, 176, 335, 336, 337, 504, 600};
#define LENGTHS (sizeof lengths / sizeof lengths[0])

static int value(const check_path *path) { return path->keccak; }

/* One sponge, fed and emptied in pieces of all sizes. */
static void run_sponge(int path) {
    for (size_t i = 0; i < LENGTHS; i++) {
        for (size_t j = 0; j < LENGTHS; j++) {
            uint8_t *message = make_bytes(lengths[i]), *out = make_filled(lengths[j], 1);
            populus_turboshake128 sponge = {{0}, 0, (uint64_t)path};
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
                populus_turboshake128_squeeze(&sponge, out + done, part);
                done += part;
            }
            take_output(out, lengths[j]);
            discard(message), discard(out);
        }
    }
}

/* Messages side by side: 0 to two groups of the widest lanes (8) and one more. */
static void run_batch(int path) {
    for (size_t count = 0; count <= 17; count++) {
        for (size_t i = 0; i < LENGTHS; i++) {
            size_t in = lengths[i], out = lengths[(i + count) % LENGTHS];
            uint8_t *messages = make_bytes(in * count), *outputs = make_filled(out * count, 1);
            populus_turboshake128_batch((uint64_t)path, messages, in, 1, outputs, out, count);
            take_output(outputs, out * count);
            discard(messages), discard(outputs);
        }
    }
}

void check_keccak(void) {
    check_kernel("turboshake128", value, run_sponge);
    check_kernel("turboshake128_batch", value, run_batch);
}
