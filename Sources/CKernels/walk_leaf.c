#include "walk_keccak.h"

/* Up to four sponges in step, ready to squeeze. */
typedef struct {
    sponge p[4];
    int count;
} batch;

static void batch_permute(int isa, batch *b) {
    sponge *const all[4] = {&b->p[0], &b->p[1], &b->p[2], &b->p[3]};
    walk_permute4(isa, all, b->count);
}

static void seeded(sponge *p, const sponge *start, const uint8_t *seed, const walk_message *m, const uint8_t *nonce) {
    *p = *start;
    sponge_absorb(p, seed, 16);
    sponge_absorb(p, m->middle, m->middle_length);
    sponge_absorb(p, nonce, 16);
    sponge_pad(p, 1);
}

typedef struct {
    const walk_leaf_block *b;
    const uint8_t *in;      /* the report's input row */
    const uint8_t *seed_cw, *payload_cw, *nonce;
    uint8_t ctrl_cw;
    sponge rand;            /* verification randomness */
    sponge extend, convert; /* after the messages' heads */
    f255 sketch[3];
} leaf_report;

static void leaf_take(leaf_report *r, uint32_t j, sponge *converted, uint64_t ctrl) {
    uint8_t next_seed[16];
    sponge_squeeze(converted, next_seed, 16);
    f255 value[2];
    for (int k = 0; k < 2; k++) {
        f255 drawn = sponge_next255(converted);
        value[k] = f255_add(drawn, f255_and(f255_load(r->payload_cw + 32 * k), ctrl));
    }
    uint8_t *sum = r->b->sums + 32 * (size_t)j;
    f255 data = r->b->aggregator ? f255_neg(value[0]) : value[0];
    f255_store(sum, f255_add(f255_load(sum), data));
    f255 rand = sponge_next255(&r->rand);
    f255 product = f255_mul(value[0], rand);
    r->sketch[0] = f255_add(r->sketch[0], product);
    r->sketch[1] = f255_add(r->sketch[1], f255_mul(product, rand));
    r->sketch[2] = f255_add(r->sketch[2], f255_mul(value[1], rand));
}

/* Nodes first ..< first + count, count at most 4. */
static void leaf_group(leaf_report *r, uint32_t first, int count) {
    const walk_leaf_block *b = r->b;
    const uint8_t *in_ctrl = r->in + 16 * (size_t)b->parent_count;
    batch work;
    uint64_t ctrl[4];
    /* Siblings share a sponge: lane[i] is the one of node first + i. */
    int lane[4];
    work.count = 0;
    for (int i = 0; i < count; i++) {
        uint32_t parent = b->leaf.parents[first + i];
        if (i == 0 || parent != b->leaf.parents[first + i - 1])
            seeded(&work.p[work.count++], &r->extend, r->in + 16 * (size_t)parent, &b->extend, r->nonce);
        lane[i] = work.count - 1;
    }
    batch_permute(b->isa, &work);
    uint8_t seeds[4][16];
    for (int i = 0; i < count; i++) {
        uint32_t bit = b->leaf.bits[first + i];
        uint64_t parent = in_ctrl[b->leaf.parents[first + i]], mask = -parent;
        uint64_t lo = work.p[lane[i]].s[2 * bit], hi = work.p[lane[i]].s[2 * bit + 1];
        ctrl[i] = (lo & 1) ^ (r->ctrl_cw >> bit & 1 & parent);
        store64(seeds[i], (lo & ~1ULL) ^ (load64(r->seed_cw) & mask));
        store64(seeds[i] + 8, hi ^ (load64(r->seed_cw + 8) & mask));
    }
    work.count = count;
    for (int i = 0; i < count; i++) seeded(&work.p[i], &r->convert, seeds[i], &b->convert, r->nonce);
    batch_permute(b->isa, &work);
    for (int i = 0; i < count; i++) leaf_take(r, first + (uint32_t)i, &work.p[i], ctrl[i]);
}

void walk_leaf(const walk_leaf_block *b) {
    leaf_report r;
    memset(&r, 0, sizeof r);
    r.b = b;
    sponge correlated_start = {{0}, 0}, rand_start = {{0}, 0};
    sponge_absorb(&r.extend, b->extend.head, b->extend.head_length);
    sponge_absorb(&r.convert, b->convert.head, b->convert.head_length);
    sponge_absorb(&correlated_start, b->correlated.head, b->correlated.head_length);
    sponge_absorb(&rand_start, b->verify_rand.head, b->verify_rand.head_length);
    for (size_t i = 0; i < b->report_count; i++) {
        size_t column = b->reports[i];
        r.in = b->input.rows + b->input.stride * b->input.row_of[i];
        r.seed_cw = b->leaf.seed_cw + 16 * column;
        r.ctrl_cw = b->leaf.ctrl_cw[column];
        r.payload_cw = b->payload_cw + 64 * column;
        r.nonce = b->nonces + 16 * column;
        memset(r.sketch, 0, sizeof r.sketch);
        r.rand = rand_start;
        sponge_absorb(&r.rand, r.nonce, 16);
        sponge_absorb(&r.rand, b->verify_rand.tail, b->verify_rand.tail_length);
        sponge_pad(&r.rand, 1);
        walk_permute(r.rand.s);
        for (uint32_t first = 0; first < b->leaf.count; first += 4)
            leaf_group(&r, first, b->leaf.count - first < 4 ? (int)(b->leaf.count - first) : 4);
        sponge correlated = correlated_start;
        sponge_absorb(&correlated, b->corr_seeds + 32 * column, 32);
        sponge_absorb(&correlated, b->correlated.middle, b->correlated.middle_length);
        sponge_absorb(&correlated, r.nonce, 16);
        sponge_pad(&correlated, 1);
        walk_permute(correlated.s);
        for (int k = 0; k < 3; k++) {
            f255 term = b->aggregator ? f255_neg(r.sketch[k]) : r.sketch[k];
            f255_store(b->verifier_shares + 96 * i + 32 * k,
                       f255_add(term, sponge_next255(&correlated)));
        }
    }
}
