/*
 * The leaf level: TurboSHAKE128 in place of the fixed-key AES hash, Field255 in place of Field64. A tile is some reports at
 * some candidates; the sponges of all of a tile's nodes run side by side, whether a report has many candidates or one. With
 * AVX-512 and many candidates the nodes of one report do.
 */
#include "walk_leaf.h"

#define LANES 8 /* sponges in step */

static void permute(int isa, sponge *p, uint32_t count) {
    sponge *const all[LANES] = {p, p + 1, p + 2, p + 3, p + 4, p + 5, p + 6, p + 7};
    walk_permute8(isa, all, (int)count);
}

static void template_make(leaf_template *t, const sponge *head, const walk_message *m, const uint8_t *nonce) {
    t->start = *head;
    t->seed_at = head->position;
    t->is_one_block = head->position + 16 + m->middle_length + 16 < RATE;
    if (!t->is_one_block) return;
    t->start.position += 16;
    sponge_absorb(&t->start, m->middle, m->middle_length);
    sponge_absorb(&t->start, nonce, 16);
    sponge_pad(&t->start, 1);
}

static void seeded(sponge *p, const leaf_template *t, uint64_t low, uint64_t high, const walk_message *m,
                   const uint8_t *nonce) {
    *p = t->start;
    if (t->is_one_block) {
        uint8_t *at = (uint8_t *)p->s + t->seed_at;
        store64(at, load64(at) ^ low);
        store64(at + 8, load64(at + 8) ^ high);
        return;
    }
    uint8_t seed[16];
    store64(seed, low);
    store64(seed + 8, high);
    sponge_absorb(p, seed, 16);
    sponge_absorb(p, m->middle, m->middle_length);
    sponge_absorb(p, nonce, 16);
    sponge_pad(p, 1);
}

void walk_leaf_draw(int isa, sponge *p, uint32_t sponges, uint32_t count, f255 (*out)[NODES]) {
    uint32_t done[REPORTS] = {0}; /* bytes */
    for (;;) {
        sponge *dry[REPORTS];
        int dry_count = 0;
        for (uint32_t i = 0; i < sponges; i++) {
            size_t wanted = 32 * (size_t)count - done[i], room = RATE - p[i].position;
            size_t part = wanted < room ? wanted : room;
            memcpy((uint8_t *)out[i] + done[i], (const uint8_t *)p[i].s + p[i].position, part);
            p[i].position += part;
            done[i] += (uint32_t)part;
            if (part < wanted) dry[dry_count++] = &p[i];
        }
        if (dry_count == 0) break;
        walk_permute8(isa, dry, dry_count);
        for (int i = 0; i < dry_count; i++) dry[i]->position = 0;
    }
    for (uint32_t i = 0; i < sponges; i++) {
        uint64_t redraws = 0;
        for (uint32_t k = 0; k < count; k++) {
            out[i][k].v[3] &= P255_3;
            redraws |= f255_is_large(out[i][k]);
        }
        if (redraws == 0) continue;
        uint32_t have = 0;
        for (uint32_t k = 0; k < count; k++)
            if (!f255_is_large(out[i][k])) out[i][have++] = out[i][k];
        while (have < count) out[i][have++] = sponge_next255(&p[i]);
    }
}

/* Both children's seeds of every parent in the tile, before correction. */
static void tile_extend(leaf_tile *t) {
    const walk_leaf_block *b = t->b;
    uint32_t row[NODES], jobs[LANES];
    sponge p[LANES];
    t->parents = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t parent = b->leaf.parents[t->first + i];
        if (i == 0 || parent != row[t->parents - 1]) row[t->parents++] = parent;
        t->parent[i] = t->parents - 1;
    }
    uint32_t total = t->report_count * t->parents, filled = 0;
    for (uint32_t job = 0; job < total; job++) {
        leaf_report *r = &t->reports[job / t->parents];
        const uint8_t *seed = r->in + 16 * (size_t)row[job % t->parents];
        jobs[filled] = job;
        seeded(&p[filled++], &r->extend, load64(seed), load64(seed + 8), &b->extend, r->nonce);
        if (filled < LANES && job + 1 < total) continue;
        permute(b->isa, p, filled);
        for (uint32_t i = 0; i < filled; i++)
            memcpy(t->children[jobs[i] / t->parents][jobs[i] % t->parents], p[i].s, 32);
        filled = 0;
    }
}

/* Takes the value that follows the next seed in `converted`, for node `i` of the tile. */
static void leaf_take(leaf_tile *t, leaf_report *r, uint32_t i, sponge *converted, const f255 *rand, uint64_t ctrl) {
    f255 value[2];
    memcpy(value, converted->s + 2, sizeof value);
    value[0].v[3] &= P255_3;
    value[1].v[3] &= P255_3;
    if (f255_is_large(value[0]) | f255_is_large(value[1])) {
        converted->position = 16;
        value[0] = sponge_next255(converted);
        value[1] = sponge_next255(converted);
    }
    for (int k = 0; k < 2; k++)
        value[k] = f255_add_plain(value[k], f255_and(f255_load(r->payload_cw + 32 * k), ctrl));
    uint8_t *sum = t->b->sums + 32 * (size_t)(t->first + i);
    f255_store(sum, f255_add_loose(f255_load(sum), value[0]));
    f255 product = f255_mul_loose(value[0], *rand);
    r->sum = f255_add_loose(r->sum, product);
    f255_wide_add(&r->squares, product, *rand);
    f255_wide_add(&r->authenticators, value[1], *rand);
}

static void tile_convert(leaf_tile *t) {
    const walk_leaf_block *b = t->b;
    uint32_t total = t->report_count * t->count, filled = 0, jobs[LANES];
    uint64_t ctrl[LANES];
    sponge p[LANES];
    for (uint32_t job = 0; job < total; job++) {
        leaf_report *r = &t->reports[job / t->count];
        uint32_t i = job % t->count, bit = b->leaf.bits[t->first + i];
        const uint8_t *in_ctrl = r->in + 16 * (size_t)b->parent_count;
        uint64_t parent = in_ctrl[b->leaf.parents[t->first + i]], mask = populus_mask(parent);
        const uint64_t *child = t->children[job / t->count][t->parent[i]] + 2 * bit;
        uint64_t low = (child[0] & ~1ULL) ^ (load64(r->seed_cw) & mask);
        uint64_t high = child[1] ^ (load64(r->seed_cw + 8) & mask);
        jobs[filled] = job;
        ctrl[filled] = (child[0] & 1) ^ (r->ctrl_cw >> bit & 1 & parent);
        seeded(&p[filled++], &r->convert, low, high, &b->convert, r->nonce);
        if (filled < LANES && job + 1 < total) continue;
        permute(b->isa, p, filled);
        for (uint32_t k = 0; k < filled; k++) {
            uint32_t report = jobs[k] / t->count, node = jobs[k] % t->count;
            leaf_take(t, &t->reports[report], node, &p[k], &t->randomness[report][node], ctrl[k]);
        }
        filled = 0;
    }
}

/* The tile's reports at all candidates. */
static void leaf_nodes(leaf_tile *t) {
    const walk_leaf_block *b = t->b;
#if defined(__x86_64__)
    /* With fewer candidates of a report too many lanes of a vector would idle. */
    int is_one_block = t->reports[0].extend.is_one_block && t->reports[0].convert.is_one_block;
    if (b->isa == WALK_AVX512 && is_one_block && b->leaf.count >= LANES) {
        walk_leaf_avx512(t);
        return;
    }
#endif
    for (t->first = 0; t->first < b->leaf.count; t->first += NODES) {
        t->count = b->leaf.count - t->first < NODES ? b->leaf.count - t->first : NODES;
        walk_leaf_draw(b->isa, t->rand, t->report_count, t->count, t->randomness);
        tile_extend(t);
        tile_convert(t);
    }
}

/* Reports first ..< first + t->report_count of the block, at all candidates. */
static void leaf_reports(leaf_tile *t, size_t first, const sponge *extend, const sponge *convert,
                         const sponge *correlated_start, const sponge *rand_start) {
    const walk_leaf_block *b = t->b;
    sponge correlated[REPORTS];
    f255 abc[REPORTS][NODES];
    for (uint32_t i = 0; i < t->report_count; i++) {
        leaf_report *r = &t->reports[i];
        size_t column = b->reports[first + i];
        memset(r, 0, sizeof *r);
        r->b = b;
        r->in = b->input.rows + b->input.stride * b->input.row_of[first + i];
        r->seed_cw = b->leaf.seed_cw + 16 * column;
        r->ctrl_cw = b->leaf.ctrl_cw[column];
        r->payload_cw = b->payload_cw + 64 * column;
        r->nonce = b->nonces + 16 * column;
        template_make(&r->extend, extend, &b->extend, r->nonce);
        template_make(&r->convert, convert, &b->convert, r->nonce);
        t->rand[i] = *rand_start;
        sponge_absorb(&t->rand[i], r->nonce, 16);
        sponge_absorb(&t->rand[i], b->verify_rand.tail, b->verify_rand.tail_length);
        sponge_pad(&t->rand[i], 1);
        t->rand[i].position = RATE; /* the first draw permutes */
        correlated[i] = *correlated_start;
        sponge_absorb(&correlated[i], b->corr_seeds + 32 * column, 32);
        sponge_absorb(&correlated[i], b->correlated.middle, b->correlated.middle_length);
        sponge_absorb(&correlated[i], r->nonce, 16);
        sponge_pad(&correlated[i], 1);
        correlated[i].position = RATE;
    }
    walk_leaf_draw(b->isa, correlated, t->report_count, 3, abc);
    leaf_nodes(t);
    for (uint32_t i = 0; i < t->report_count; i++) {
        const leaf_report *r = &t->reports[i];
        const f255 sketch[3] = {f255_canonical(r->sum), f255_canonical(f255_reduce(r->squares.v, r->squares.v[8])),
                                f255_canonical(f255_reduce(r->authenticators.v, r->authenticators.v[8]))};
        for (int k = 0; k < 3; k++) {
            f255 term = b->aggregator ? f255_neg(sketch[k]) : sketch[k];
            f255_store(b->verifier_shares + 96 * (first + i) + 32 * k, f255_add(term, abc[i][k]));
        }
    }
}

/* Canonical sums; aggregator 1 negates. */
static void leaf_sums(const walk_leaf_block *b) {
    for (uint32_t j = 0; j < b->leaf.count; j++) {
        uint8_t *sum = b->sums + 32 * (size_t)j;
        f255 value = f255_canonical(f255_load(sum));
        f255_store(sum, b->aggregator ? f255_neg(value) : value);
    }
}

void walk_leaf(const walk_leaf_block *b) {
    leaf_tile t;
    memset(&t, 0, sizeof t);
    t.b = b;
    sponge extend = {{0}, 0}, convert = {{0}, 0}, correlated = {{0}, 0}, rand = {{0}, 0};
    sponge_absorb(&extend, b->extend.head, b->extend.head_length);
    sponge_absorb(&convert, b->convert.head, b->convert.head_length);
    sponge_absorb(&correlated, b->correlated.head, b->correlated.head_length);
    sponge_absorb(&rand, b->verify_rand.head, b->verify_rand.head_length);
    /* Meanwhile the sums are positive and below 2^256. */
    leaf_sums(b);
    for (size_t first = 0; first < b->report_count; first += REPORTS) {
        t.report_count = b->report_count - first < REPORTS ? (uint32_t)(b->report_count - first) : REPORTS;
        leaf_reports(&t, first, &extend, &convert, &correlated, &rand);
    }
    leaf_sums(b);
    walk_wipe(&t, sizeof t);
}
