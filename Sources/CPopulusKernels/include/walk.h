/*
 * The walk's kernels: evaluation of one block of reports at one step, for PrefixWalk.
 *
 * No allocation, no globals, no protocol logic. Every function is constant-time in seeds, control bits, keys of the
 * sketch and field elements, except that a redrawn field element (probability 2^-32) takes the time of its redraw;
 * candidates, levels, public shares' positions and report counts are public, and so is the lowest bit of a seed's
 * correction, which honest clients leave zero.
 *
 * Numbers are little-endian. Spec: VDAF §6.2 (XOFs), §8.2, §8.3 (Poplar1, IDPF).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "wipe.h"

/*
 * Instruction sets. Plain C is the reference. WALK_VAES is AVX2 with VAES of 256 bits; WALK_AVX512 is AVX-512 F, BW, DQ,
 * VL and IFMA with VAES; WALK_NEON has the AES instructions of ARMv8, WALK_NEON_SHA3 also those for SHA-3. A path that a kernel
 * has no code for takes the one below it.
 */
enum {
    WALK_PORTABLE = 0,
    WALK_AESNI = 1,
    WALK_AESNI_AVX2 = 2,
    WALK_VAES = 3,
    WALK_AVX512 = 4,
    WALK_NEON = 16,
    WALK_NEON_SHA3 = 17,
};

/* A report's sponge of correlated randomness (a, b, c), which walks along with the levels. */
#define WALK_SPONGE_SIZE 208
/* Field64's modulus, the normal bound of rejection sampling; tests pass a lower one to force redraws. */
#define WALK_FIELD64_MODULUS 0xffffffff00000001ULL

/* A message to a TurboSHAKE128 sponge: `head`, a hole, `middle`, a hole, `tail`; the holes differ by report. */
typedef struct {
    const uint8_t *head;
    size_t head_length;
    const uint8_t *middle;
    size_t middle_length;
    const uint8_t *tail;
    size_t tail_length;
} walk_message;

/* The nodes wanted at one level, in candidate order: node j is child bits[j] of node parents[j] of the level above. */
typedef struct {
    uint32_t count;
    const uint32_t *parents;
    const uint8_t *bits;
    const uint8_t *seed_cw; /* 16 bytes a report of the block */
    const uint8_t *ctrl_cw; /* one byte a report of the block: bit 0 for the left child, bit 1 for the right */
} walk_level;

/* Rows of node state: `count` seeds of 16 bytes, then `count` control bits, a byte each. */
typedef struct {
    const uint8_t *rows;
    size_t stride;
    const uint32_t *row_of; /* a row index for each evaluated report */
} walk_input_nodes;

/* Derives the AES keys of `extend` or `convert` (16 bytes a report) from the nonces (16 bytes each). */
void walk_derive_keys(const uint8_t *dst, size_t dst_length, const uint8_t *nonces, size_t reports, uint8_t *keys);

/*
 * Transposes: entry e (16 bytes) of row r, at in + r * stride + 16 * e, goes to out + e * out_stride + 16 * r.
 */
void walk_transpose(const uint8_t *in, size_t stride, size_t rows, size_t entries, uint8_t *out, size_t out_stride);
/*
 * The same for entries of two bits: pair p of row r, bits 2 * (p % 4) of in[r * stride + p / 4], goes to bits
 * 2 * (r % 4) of out[p * out_stride + r / 4]; what is left of a last byte is zero.
 */
void walk_transpose_pairs(const uint8_t *in, size_t stride, size_t rows, size_t pairs, uint8_t *out,
                          size_t out_stride);
/* Spreads pairs of bits that are packed so: pair first + i of `in` becomes byte i of out, for i in 0 ..< count. */
void walk_expand_pairs(const uint8_t *in, size_t first, size_t count, uint8_t *out);
/* Spreads a column: `entry` bytes each, end to end in `in`, go to out + i * stride for i in 0 ..< count. */
void walk_scatter(const uint8_t *in, size_t entry, size_t count, uint8_t *out, size_t stride);

/* Counts the Field64 elements of `bytes` (8 bytes each) that are not canonical. */
size_t walk_noncanonical64(const uint8_t *bytes, size_t count);
/* Counts the Field255 elements of `bytes` (32 bytes each) that are not canonical. */
size_t walk_noncanonical255(const uint8_t *bytes, size_t count);

/*
 * Verification randomness of `reports` reports: `count` Field64 elements each, at out[report * count].
 * message: head || nonce || tail.
 */
void walk_verify_rand(int isa, const walk_message *message, const uint8_t *nonces, const uint32_t *reports,
                      size_t report_count, size_t count, uint64_t bound, uint64_t *out);

/*
 * Makes the sponges of the inner levels' correlated randomness. message: head || seed (32 bytes) || middle || nonce.
 * sponges: WALK_SPONGE_SIZE bytes for each of the reports.
 */
void walk_correlated_start(int isa, const walk_message *message, const uint8_t *seeds, const uint8_t *nonces,
                           const uint32_t *reports, size_t report_count, uint8_t *sponges);

/* Skips `skip` elements and draws three (a, b, c) of each sponge into abc[3 * report]. Advances the sponges. */
void walk_correlated_next(int isa, uint8_t *sponges, size_t report_count, uint64_t skip, uint64_t bound,
                          uint64_t *abc);

/*
 * The same without advancing: the sponges keep their state, so that several levels read one block of theirs. Report i's
 * sponge is number rows[i]. Returns 0, or 1 as soon as a sponge has too little left of its block; then abc is void.
 */
int walk_correlated_peek(const uint8_t *sponges, const uint32_t *rows, size_t report_count, uint64_t skip,
                         uint64_t bound, uint64_t *abc);

/* One block of reports at the inner levels of one step. */
typedef struct {
    int isa;
    uint32_t aggregator;
    uint64_t bound;
    const walk_level *levels;
    uint32_t level_count;
    uint32_t parent_count;        /* nodes in an input row */
    const uint32_t *reports;      /* positions in the columns below and in the levels' columns */
    size_t report_count;
    const uint8_t *extend_keys;   /* 16 bytes a report of the block */
    const uint8_t *convert_keys;
    walk_input_nodes input;
    uint8_t *scratch;             /* 2 * scratch_stride bytes */
    size_t scratch_stride;        /* at least 17 bytes for each node of the largest level */
    uint8_t *output;              /* a row an evaluated report for the nodes of level `output_level`, or NULL */
    size_t output_stride;
    uint32_t output_level;        /* above the last one where its values are wanted, as these leave no nodes */
    /* The values of the last level; payload_cw is NULL when only the nodes are wanted (levels above a leaf). */
    const uint8_t *payload_cw;    /* 16 bytes a report of the block */
    const uint64_t *verify_rand;  /* a vector of the last level's count an evaluated report */
    const uint64_t *abc;          /* three elements an evaluated report */
    uint64_t *sums;               /* 2 words a candidate: the sums of the values' lower and upper halves,
                                     for fewer than 2^32 reports */
    uint64_t *verifier_shares;    /* three canonical elements an evaluated report */
} walk_inner_block;

/* Evaluates the block. */
void walk_inner(const walk_inner_block *block);

/* Reduces sums of `walk_inner` to canonical elements; aggregator 1 negates. */
void walk_inner_sums(const uint64_t *sums, size_t count, uint32_t aggregator, uint64_t *out);

/* One block of reports at the leaf level. */
typedef struct {
    int isa;
    uint32_t aggregator;
    walk_level leaf;
    uint32_t parent_count;
    const uint32_t *reports;
    size_t report_count;
    const uint8_t *nonces;       /* columns: an entry a report of the block */
    const uint8_t *corr_seeds;
    const uint8_t *payload_cw;   /* 64 bytes a report */
    walk_input_nodes input;
    walk_message extend;         /* head || seed || middle || nonce */
    walk_message convert;
    walk_message correlated;     /* head || seed || middle || nonce */
    walk_message verify_rand;    /* head || nonce || tail */
    uint8_t *sums;               /* 32 bytes a candidate, canonical */
    uint8_t *verifier_shares;    /* 96 bytes an evaluated report */
} walk_leaf_block;

void walk_leaf(const walk_leaf_block *block);

/*
 * The second round. Each takes `count` reports, elements of 8 (leaf == 0) or 32 bytes, A and B in `ab` by report.
 * Elements are canonical (checked by the caller with walk_noncanonical).
 */

/*
 * The answer to the other aggregator's first-round shares (`theirs`, three elements a report): for each report the
 * message m = mine + theirs, then the share aggregator * (m0^2 - m1 - m2) + A * m0 + B; four elements.
 */
void walk_respond(int leaf, uint32_t aggregator, const uint8_t *mine, const uint8_t *theirs, const uint8_t *ab,
                  const uint32_t *reports, size_t count, uint8_t *response);

/* The verdicts on such a response: 1 for a report whose second-round shares add up to zero, else 0. */
void walk_verdicts(int leaf, uint32_t aggregator, const uint8_t *response, const uint8_t *ab, const uint32_t *reports,
                   size_t count, uint8_t *verdicts);

/* accumulator -= term, or += when negate is 0; canonical elements. */
void walk_accumulate(int leaf, int negate, uint8_t *accumulator, const uint8_t *term, size_t elements);
