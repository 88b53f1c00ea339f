/*
 * Compares the instruction-set paths of the kernels with the portable one, on pseudo-random inputs.
 *
 * A path is a row of `paths`; a family of kernels is a function of its own, which says what it compared through `report`.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "CPopulusKernels.h"

/* A named choice of instructions: what each family of kernels calls it, or -1 where the family has no such path. */
typedef struct {
    const char *name;
    bool (*available)(void);
    int aes;    /* AES_... of this harness */
    int keccak; /* POPULUS_KECCAK_... */
    int walk;   /* WALK_... */
} check_path;

extern const check_path paths[];
extern const size_t path_count;

/* Pseudo-random numbers, the same on every machine. */
void seed_random(uint64_t seed);
uint64_t random_word(void);
/* In [0, bound). */
uint32_t random_below(uint32_t bound);
void random_bytes(void *bytes, size_t count);

/* A buffer of `count` pseudo-random bytes at an address that 8, but not 16, divides, before a guard; never NULL. */
void *make_bytes(size_t count);
/* The same, of one value. */
void *make_filled(size_t count, uint8_t value);
/* Frees a buffer. Writing behind its end is reported as a difference in the kernel being checked. */
void discard(void *bytes);

/*
 * Takes an output of the kernel being checked. Those of the portable path are kept as digests; those of another path, which
 * come in the same order, are compared with them.
 */
void take_output(const void *bytes, size_t count);
/* Counts a failure of a kernel that says so itself. */
void expect(bool condition);

/*
 * Checks one kernel: `run` with the portable path's value, then with that of each path; `value` is negative where a path has
 * no code for it. Pseudo-random numbers start from the same seed in each run.
 */
typedef int (*path_value)(const check_path *path);
typedef void (*path_run)(int value);
void check_kernel(const char *kernel, path_value value, path_run run);

/* AES-128 of one block by the text of the standard, for comparison. */
void fips197_encrypt(const uint8_t key[16], const uint8_t in[16], uint8_t out[16]);

void check_aes_hash(void);
void check_field(void);
void check_keccak(void);
void check_walk_random(void);
void check_walk_inner(void);
void check_walk_leaf(void);
void check_shard(void);
