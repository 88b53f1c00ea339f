/* What evaluates the leaf level, for all instruction sets. Private to this folder. */
#pragma once
#include "walk_keccak.h"

#define REPORTS 8 /* of a tile */
#define NODES 16  /* candidates of a tile */

/* A hash of seed and nonce: what all of a report's seeds have in common. */
typedef struct {
    sponge start;      /* head, middle, nonce and padding, and no seed, where all that fits one block; else the head */
    size_t seed_at;    /* where the seed belongs */
    int is_one_block;
} leaf_template;

typedef struct {
    const walk_leaf_block *b;
    const uint8_t *in;      /* the report's input row */
    const uint8_t *seed_cw, *payload_cw, *nonce;
    uint8_t ctrl_cw;
    leaf_template extend, convert;
    f255 sum;               /* of data * r, below 2^256 */
    f255_wide squares, authenticators;
} leaf_report;

/* One tile: reports 0 ..< report_count of `reports`, candidates first ..< first + count. */
typedef struct {
    const walk_leaf_block *b;
    leaf_report reports[REPORTS];
    uint32_t report_count, first, count;
    sponge rand[REPORTS];
    f255 randomness[REPORTS][NODES];
    /* Siblings have one sponge: node i's is number parent[i] of the tile's `parents`. */
    uint32_t parents, parent[NODES];
    uint64_t children[REPORTS][NODES][4];
} leaf_tile;

#if defined(__x86_64__)
/*
 * All candidates of the tile's reports, with eight nodes of one report in step: adds to the reports' sums and the candidates'. Wants
 * messages of one block, and the sponges of `rand` as they are drawn from first.
 */
void walk_leaf_avx512(leaf_tile *tile);
#endif

/* The next `count` Field255 elements of several sponges, which run in step as long as they can. */
void walk_leaf_draw(int isa, sponge *sponges, uint32_t sponge_count, uint32_t count, f255 (*out)[NODES]);
