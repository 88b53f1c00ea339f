#include <stdio.h>
#include <stdlib.h>

#include "check.h"

static const char *only_path, *required_path;
static bool digests;
static int differing, skipped;

/* Of the kernel being checked: the portable path's outputs, and how the present run compares. */
#define MOST_OUTPUTS 20000
static uint64_t outputs[MOST_OUTPUTS];
static size_t output_count, taken, differences;
static bool is_reference;

static uint64_t state;

void seed_random(uint64_t seed) { state = seed; }

/* SplitMix64. */
uint64_t random_word(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint32_t random_below(uint32_t bound) { return (uint32_t)((random_word() >> 32) * bound >> 32); }

void random_bytes(void *bytes, size_t count) {
    uint8_t *out = bytes;
    for (size_t i = 0; i < count; i++) out[i] = (uint8_t)(random_word() >> 56);
}

#define GUARD 72
#define GUARD_BYTE 0xa5
/* Before the bytes: their count, then eight bytes so that the address is not a multiple of 16. */
#define HEAD 24

void *make_filled(size_t count, uint8_t value) {
    uint8_t *block = malloc(HEAD + count + GUARD);
    if (!block) abort();
    memcpy(block, &count, sizeof count);
    memset(block + HEAD, value, count);
    memset(block + HEAD + count, GUARD_BYTE, GUARD);
    return block + HEAD;
}

void *make_bytes(size_t count) {
    void *bytes = make_filled(count, 0);
    random_bytes(bytes, count);
    return bytes;
}

void discard(void *bytes) {
    uint8_t *block = (uint8_t *)bytes - HEAD;
    size_t count, broken = 0;
    memcpy(&count, block, sizeof count);
    for (size_t i = 0; i < GUARD; i++) broken += block[HEAD + count + i] != GUARD_BYTE;
    differences += broken != 0;
    free(block);
}

/* FNV-1a, over words. */
static uint64_t digest_of(const void *bytes, size_t count, uint64_t digest) {
    const uint8_t *in = bytes;
    for (size_t i = 0; i < count; i += 8) {
        uint64_t word = count;
        memcpy(&word, in + i, count - i < 8 ? count - i : 8);
        digest = (digest ^ word) * 0x100000001b3;
        digest ^= digest >> 29;
    }
    return digest;
}

#define DIGEST_START 0xcbf29ce484222325

void take_output(const void *bytes, size_t count) {
    uint64_t digest = digest_of(bytes, count, DIGEST_START);
    if (taken >= MOST_OUTPUTS) abort();
    if (is_reference) outputs[taken] = digest;
    differences += !is_reference && (taken >= output_count || outputs[taken] != digest);
    taken++;
}

void expect(bool condition) { differences += !condition; }

/* Whether all went well. */
static bool run_path(path_run run, int value) {
    taken = differences = 0;
    seed_random(1);
    run(value);
    return differences == 0 && (is_reference || taken == output_count);
}

static void print_result(const char *kernel, const check_path *path, bool equal) {
    differing += !equal;
    if (equal)
        printf("%-24s %-10s equal in %zu outputs\n", kernel, path->name, taken);
    else
        printf("%-24s %-10s DIFFERS in %zu of %zu outputs\n", kernel, path->name, differences, taken);
    fflush(stdout);
}

void check_kernel(const char *kernel, path_value value, path_run run) {
    is_reference = true;
    /* What is wrong here is said to be wrong of itself: a guard, a known answer. */
    if (!run_path(run, value(&paths[0]))) print_result(kernel, &paths[0], false);
    output_count = taken;
    is_reference = false;
    int last = value(&paths[0]);
    for (size_t i = 1; i < path_count; i++) {
        const check_path *path = &paths[i];
        /* Where a family has one path for two names it is checked once. */
        if (value(path) < 0 || value(path) == last || (only_path && strcmp(only_path, path->name) != 0)) continue;
        last = value(path);
        if (path->available()) {
            bool equal = run_path(run, last);
            print_result(kernel, path, equal);
        } else {
            skipped++;
            printf("%-24s %-10s not on this CPU\n", kernel, path->name);
        }
    }
    if (!digests) return;
    printf("%-24s %-10s digest %016llx\n", kernel, paths[0].name,
           (unsigned long long)digest_of(outputs, 8 * output_count, DIGEST_START));
    fflush(stdout);
}

static const char usage[] =
    "Usage: kernel-check [--path NAME] [--require NAME] [--digests]\n"
    "\n"
    "Compares each instruction-set path of the kernels with the portable one, on pseudo-random inputs of all lengths\n"
    "around the width of its lanes. One line a kernel and path: equal, DIFFERS, or not on this CPU.\n"
    "\n"
    "  --path NAME     only this path\n"
    "  --require NAME  fail if this CPU lacks it\n"
    "  --digests       also a digest of the portable path's outputs, which is the same on every machine\n"
    "\n"
    "Exit status: 0 all equal, 1 something differs, 2 wrong arguments, 3 this CPU lacks the required path.\n";

static const check_path *path_named(const char *name) {
    for (size_t i = 0; name && i < path_count; i++)
        if (strcmp(paths[i].name, name) == 0) return &paths[i];
    fprintf(stderr, "kernel-check: no path %s; paths:", name ? name : "");
    for (size_t i = 0; i < path_count; i++) fprintf(stderr, " %s", paths[i].name);
    fprintf(stderr, "\n");
    exit(2);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        } else if (strcmp(argv[i], "--digests") == 0) {
            digests = true;
        } else if (strcmp(argv[i], "--path") == 0) {
            only_path = path_named(value)->name;
            i++;
        } else if (strcmp(argv[i], "--require") == 0) {
            required_path = path_named(value)->name;
            i++;
        } else {
            fputs(usage, stderr);
            return 2;
        }
    }
    printf("paths of this CPU:");
    for (size_t i = 0; i < path_count; i++)
        if (paths[i].available()) printf(" %s", paths[i].name);
    printf("\n");
    if (required_path && !path_named(required_path)->available()) {
        printf("this CPU lacks %s\n", required_path);
        return 3;
    }
    check_aes_hash();
    check_keccak();
    check_field();
    check_walk_random();
    check_walk_inner();
    check_walk_leaf();
    check_shard();
    printf("%s; %d not on this CPU\n", differing ? "SOME DIFFER" : "all equal", skipped);
    return differing ? 1 : 0;
}
