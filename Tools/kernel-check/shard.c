#include "check.h"

/* Levels: few, and on both sides of those that end with the sponges' blocks; blocks: none to several. */
static const size_t levels[] = {0, 1, 2, 5, 6, 7, 8, 11, 12, 13, 23, 24, 25, 64, 255};
static const size_t blocks[] = {0, 1, 2, 4, 9, 37};
#define COUNT(array) (sizeof array / sizeof array[0])

/* The stream of a seed, sixteen bytes at a time. */
static void stream(const populus_aes128_schedule *key, const uint64_t seed[2], uint64_t block, uint64_t out[2]) {
    populus_aes_hash_portable(key, seed, block, out, 1);
}

static uint64_t subtract(uint64_t a, uint64_t b) {
    return a >= b ? a - b : a + (WALK_FIELD64_MODULUS - b);
}

/* Spec: VDAF §8.3 (`gen`), with branches, and with values that add up to zero on the path. */
static void generate(const populus_idpf_generation *g, populus_idpf_path *path) {
    for (size_t level = 0; level < g->levels; level++) {
        uint64_t child[2][2][2], control[2][2], *cw = (uint64_t *)g->seed_cw + 2 * level, value[2][2];
        int keep = g->alpha[level / 8] >> (7 - level % 8) & 1, lose = !keep;
        for (int server = 0; server < 2; server++)
            for (int side = 0; side < 2; side++) {
                stream(g->extend, path->seeds + 2 * server, (uint64_t)side, child[server][side]);
                control[server][side] = child[server][side][0] & 1;
                child[server][side][0] &= ~1ULL;
            }
        for (int word = 0; word < 2; word++) cw[word] = child[0][lose][word] ^ child[1][lose][word];
        uint64_t control_cw[2] = {control[0][0] ^ control[1][0] ^ (uint64_t)lose,
                                  control[0][1] ^ control[1][1] ^ (uint64_t)keep};
        g->control_cw[level] = (uint8_t)(control_cw[0] | control_cw[1] << 1);
        for (int server = 0; server < 2; server++) {
            uint64_t seed[2] = {child[server][keep][0], child[server][keep][1]}, block[2];
            if (path->controls[server]) {
                seed[0] ^= cw[0], seed[1] ^= cw[1];
                control[server][keep] ^= control_cw[keep];
            }
            path->controls[server] = control[server][keep];
            stream(g->convert, seed, 0, path->seeds + 2 * server);
            int have = 0;
            for (uint64_t i = 1; have < 2; i++) {
                stream(g->convert, seed, i, block);
                for (int word = 0; word < 2 && have < 2; word++)
                    if (block[word] < g->bound) value[server][have++] = block[word];
            }
        }
        int negated = path->controls[1] == 1;
        g->negated[level] = (uint8_t)negated;
        for (int k = 0; k < 2; k++)
            ((uint64_t *)g->value_cw)[2 * level + k] = subtract(value[!negated][k], value[negated][k]);
    }
}

static void make_sponges(populus_turboshake128 sponges[4], size_t count) {
    memset(sponges, 0, 4 * sizeof sponges[0]);
    for (size_t i = 0; i < count; i++) {
        random_bytes(sponges[i].lanes, sizeof sponges[i].lanes);
        sponges[i].offset = POPULUS_TURBOSHAKE128_RATE;
    }
}

static void squeeze_singly(populus_turboshake128 *sponges, size_t count, uint8_t *out, size_t stride, size_t n) {
    for (size_t i = 0; i < count; i++)
        populus_turboshake128_squeeze(&sponges[i], out + stride * i, POPULUS_TURBOSHAKE128_RATE * n);
}

static void evaluate(int path, size_t count, size_t level_count, size_t block_count, uint64_t bound) {
    size_t stride = POPULUS_TURBOSHAKE128_RATE * block_count + 8 * random_below(3);
    uint8_t *alpha = make_bytes(level_count / 8 + 1);
    populus_aes128_schedule schedules[2];
    for (int i = 0; i < 2; i++) {
        uint8_t key[16];
        random_bytes(key, 16);
        if (path == WALK_PORTABLE) populus_aes128_expand_portable(&schedules[i], key);
        else populus_aes128_expand_aesni(&schedules[i], key);
    }
    populus_turboshake128 sponges[4];
    populus_idpf_path nodes = {{0}, {0, 1}};
    make_sponges(sponges, count);
    random_bytes(nodes.seeds, sizeof nodes.seeds);
    uint8_t *streams = make_filled(stride * count, 3), *seeds = make_filled(16 * level_count, 1);
    uint8_t *controls = make_filled(level_count, 1), *negated = make_filled(level_count, 1);
    uint64_t *values = make_filled(16 * level_count, 1);
    populus_idpf_generation generation = {
        &schedules[0], &schedules[1], alpha, level_count, bound, seeds, controls, values, negated};
    if (path == WALK_PORTABLE) {
        generate(&generation, &nodes);
        squeeze_singly(sponges, count, streams, stride, block_count);
    } else {
        populus_shard(path, sponges, count, streams, stride, block_count, &generation, &nodes);
    }
    take_output(streams, stride * count);
    take_output(seeds, 16 * level_count);
    take_output(controls, level_count);
    take_output(negated, level_count);
    take_output(values, 16 * level_count);
    take_output(sponges, sizeof sponges);
    take_output(&nodes, sizeof nodes);
    discard(streams), discard(seeds), discard(controls), discard(negated), discard(values), discard(alpha);
}

static void run(int path) {
    for (size_t i = 0; i < COUNT(levels); i++)
        for (size_t j = 0; j < COUNT(blocks); j++)
            for (size_t count = 1; count <= 4; count++)
                evaluate(path, count, levels[i], blocks[j], (i + j + count) % 3 ? WALK_FIELD64_MODULUS : 1ULL << 62);
}

/* Streams alone. */
static void run_lanes(int path) {
    for (size_t count = 1; count <= 4; count++)
        for (size_t j = 0; j < COUNT(blocks); j++) {
            size_t stride = POPULUS_TURBOSHAKE128_RATE * blocks[j] + 8 * random_below(3);
            populus_turboshake128 sponges[4];
            make_sponges(sponges, count);
            uint8_t *out = make_filled(stride * count, 3);
            if (path == WALK_PORTABLE) squeeze_singly(sponges, count, out, stride, blocks[j]);
            else populus_turboshake128_squeeze_lanes(path, sponges, count, out, stride, blocks[j]);
            take_output(out, stride * count);
            take_output(sponges, sizeof sponges);
            discard(out);
        }
}

static int lanes_value(const check_path *path) { return path->walk; }

/* AES-NI is the least that key generation has code for. */
static int value(const check_path *path) { return path->walk >= WALK_NEON ? -1 : path->walk; }

void check_shard(void) {
    check_kernel("shard_lanes", lanes_value, run_lanes);
    check_kernel("shard", value, run);
}
