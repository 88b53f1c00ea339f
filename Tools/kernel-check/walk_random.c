#include "check.h"
#include "walk_keccak.h"

/* A normal bound, and two that make some or most of the words be drawn again. */
static const uint64_t bounds[] = {WALK_FIELD64_MODULUS, 0xf000000000000000, 0x4000000000000000};

typedef struct {
    uint8_t *head, *middle, *tail, *nonces, *seeds;
    walk_message message;
    size_t count;
    uint32_t *reports;
} inputs;

/* Reports at ascending positions, with and without gaps. */
static inputs make_inputs(size_t count, size_t head, size_t middle, size_t tail) {
    inputs in;
    in.count = count;
    in.reports = make_bytes(4 * count);
    uint32_t position = random_below(3), gap = random_below(2) ? 3 : 0;
    for (size_t i = 0; i < count; i++) {
        in.reports[i] = position;
        position += 1 + (gap ? random_below(gap + 1) : 0);
    }
    in.head = make_bytes(head), in.middle = make_bytes(middle), in.tail = make_bytes(tail);
    in.nonces = make_bytes(16 * (size_t)position), in.seeds = make_bytes(32 * (size_t)position);
    in.message = (walk_message){in.head, head, in.middle, middle, in.tail, tail};
    return in;
}

static void discard_inputs(inputs in) {
    discard(in.reports), discard(in.head), discard(in.middle), discard(in.tail);
    discard(in.nonces), discard(in.seeds);
}

static int value(const check_path *path) { return path->walk; }

/* None to eight of seventeen sponges in step; the others stay as they are. */
static void run_permutations(int path) {
    for (int count = 0; count <= 8; count++) {
        size_t size = sizeof(sponge) * 17;
        sponge *states = make_bytes(size), *some[8];
        uint32_t first = random_below(17), stride = 1 + random_below(16);
        for (uint32_t i = 0; i < (uint32_t)count; i++) some[i] = &states[(first + stride * i) % 17];
        walk_permute8(path, some, count);
        take_output(states, size);
        discard(states);
    }
}

static void run_verify_rand(int path) {
    static const size_t elements[] = {1, 2, 3, 20, 21, 22, 23, 41, 42, 43, 64, 200};
    for (size_t b = 0; b < 3; b++) {
        for (size_t count = 0; count <= 33; count++) {
            size_t n = elements[(count + b) % (sizeof elements / sizeof elements[0])];
            /* The tail is the candidates' prefixes: some are longer than the rate. */
            size_t tail = random_below(4) ? random_below(40) : 150 + random_below(200);
            inputs in = make_inputs(count, 26 + random_below(20), 0, tail);
            size_t size = 8 * n * count;
            uint64_t *vectors = make_filled(size, 1);
            walk_verify_rand(path, &in.message, in.nonces, in.reports, count, n, bounds[b], vectors);
            take_output(vectors, size);
            discard(vectors);
            discard_inputs(in);
        }
    }
}

/* Sponges from their start over some steps, among them long ones. */
static void run_correlated(int path) {
    for (size_t b = 0; b < 3; b++) {
        for (size_t count = 0; count <= 33; count++) {
            inputs in = make_inputs(count, 26 + random_below(20), random_below(30), 0);
            size_t size = WALK_SPONGE_SIZE * count;
            uint8_t *sponges = make_filled(size, 1);
            walk_correlated_start(path, &in.message, in.seeds, in.nonces, in.reports, count, sponges);
            take_output(sponges, size);
            for (int step = 0; step < 9; step++) {
                uint64_t skip = step % 3 == 0 ? 0 : 3 * random_below(step == 4 ? 200 : 12);
                uint64_t *abc = make_filled(24 * count, 1);
                walk_correlated_next(path, sponges, count, skip, bounds[b], abc);
                take_output(abc, 24 * count);
                take_output(sponges, size);
                discard(abc);
            }
            discard(sponges);
            discard_inputs(in);
        }
    }
}

void check_walk_random(void) {
    check_kernel("walk_permute8", value, run_permutations);
    check_kernel("walk_verify_rand", value, run_verify_rand);
    check_kernel("walk_correlated", value, run_correlated);
}
