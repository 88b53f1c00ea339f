/*
 * The inner levels with AES instructions, included once for each instruction set. Private to this folder; no include guard.
 *
 * TARGET names the instruction set, BLOCK the function, NAME its helpers, WIDTH the AES blocks of a vector. A group is eight
 * vectors of nodes, or four at the end of a level. While one group is encrypted, the arithmetic on the values of the group
 * before it runs, be it of the report before.
 */

#define X86 __attribute__((target(TARGET)))
#define X86_INLINE X86 static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define VECTORS 8
#define LANES (VECTORS * WIDTH)

#if WIDTH < 4
#include "walk_inner_x86_vector.h"
#else
#include "walk_inner_avx512_vector.h"
#endif

#define state NAME(state)
#define expand NAME(expand)
#define expand_reports NAME(expand_reports)
#define rounds NAME(rounds)
#define group NAME(group)
#define redraw NAME(redraw)
#define redraw_group NAME(redraw_group)
#define hash_one NAME(hash_one)
#define level_values NAME(level_values)
#define level_nodes NAME(level_nodes)
#define full_group NAME(full_group)
#define half_group NAME(half_group)
#define copy_keys NAME(copy_keys)
#define part_group NAME(part_group)
#define finish NAME(finish)

/* One report at one level. */
typedef struct {
    const walk_task *task;
    __m128i child[2];        /* the seed's correction, its lowest bit replaced by the child's control bit's */
    vector first_key[2];     /* the first and the last key of `extend` for even and for odd vectors; */
    vector last_key[2];      /* where nodes are pairs of siblings, with the child's bit, as sigma moves it */
    vector lowest;           /* the seed's correction's lowest bit, which an honest client leaves zero: see `pairs` below */
    vector payload, limit;   /* the value's correction; the bound, its top bit flipped */
    uint64_t bound;
    uint64_t payload_cw[2];
    uint64_t *sums;
    const uint64_t *rand;
    walk_pending *pending;
    walk_x86_ahead ahead;
} state;

/*
 * FIPS 197, section 5.2, for the two keys of up to WALK_X86_BATCH reports: the last word, rotated and in all four columns,
 * makes the last round of AES the substitution and the addition of the round constant.
 */
X86 static void expand_reports(const walk_inner_block *b, size_t first, size_t count, walk_x86_schedules *out) {
    static const uint8_t constants[10] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36};
    key_pair key[WALK_X86_BATCH];
    for (int i = 0; i < WALK_X86_BATCH; i++) {
        size_t column = b->reports[first + ((size_t)i < count ? (size_t)i : 0)];
        key[i] = key_pair_load(b->extend_keys + 16 * column, b->convert_keys + 16 * column);
        key_pair_store(out[i].k, key[i]);
    }
    for (int round = 0; round < 10; round++) {
        UNROLL for (int i = 0; i < WALK_X86_BATCH; i++) {
            key[i] = key_pair_next(key[i], constants[round]);
            key_pair_store(out[i].k + 2 * (round + 1), key[i]);
        }
    }
}

/* Not memcpy, which would be a call. */
X86_INLINE void copy_keys(__m128i *out, const __m128i *in) {
    UNROLL for (int i = 0; i < 22; i++) out[i] = in[i];
}

/* Hashes blocks that went through sigma, in place: AES(x) ^ x. */
X86 static void hash_one(void *key, uint8_t *blocks, size_t count) {
    const __m128i *keys = key;
    for (size_t i = 0; i < count; i++) {
        __m128i x = _mm_loadu_si128((const __m128i *)(blocks + 16 * i));
        __m128i y = _mm_xor_si128(x, keys[0]);
        for (int round = 1; round < 10; round++) y = _mm_aesenc_si128(y, keys[2 * round]);
        y = _mm_aesenclast_si128(y, keys[20]);
        _mm_storeu_si128((__m128i *)(blocks + 16 * i), _mm_xor_si128(x, y));
    }
}

/* The value of one node, redrawn where it has to be; before its correction. */
X86 static void redraw(state *s, uint32_t node, uint64_t value[2]) {
    const walk_level *level = s->task->level;
    uint32_t parent = level->parents[node], bit = level->bits[node];
    uint8_t seed[16];
    __m128i x = _mm_loadu_si128((const __m128i *)(s->task->in + 16 * (size_t)parent));
    _mm_storeu_si128((__m128i *)seed, sigma128(_mm_xor_si128(x, _mm_cvtsi32_si128((int)bit))));
    hash_one((void *)s->pending->keys, seed, 1);
    __m128i mask = _mm_set1_epi64x(-(long long)s->task->in[16 * (size_t)s->task->in_count + parent]);
    const __m128i one = _mm_set_epi64x(0, 1);
    x = _mm_xor_si128(_mm_loadu_si128((const __m128i *)seed), _mm_and_si128(mask, s->child[bit]));
    x = _mm_xor_si128(_mm_andnot_si128(one, x), _mm_and_si128(mask, low_block(s->lowest)));
    _mm_storeu_si128((__m128i *)seed, x);
    walk_redraw(hash_one, (void *)(s->pending->keys + 1), seed, s->bound, value);
}

/* Replaces the values of a group in which one is not below the bound, and mends the sums. */
X86 static __attribute__((noinline)) void redraw_group(
    state *s, uint32_t first, uint32_t count, uint64_t (*values)[2], const uint8_t *ctrl) {
    for (uint32_t j = 0; j < count; j++) {
        uint64_t value[2], mask = populus_mask(ctrl[j]), *sum = s->sums + 2 * (size_t)(first + j);
        redraw(s, first + j, value);
        sum[0] -= values[j][0] & E64;
        sum[1] -= values[j][0] >> 32;
        values[j][0] = f64_add_loose(value[0], s->payload_cw[0] & mask);
        values[j][1] = f64_add_loose(value[1], s->payload_cw[1] & mask);
        sum[0] += values[j][0] & E64;
        sum[1] += values[j][0] >> 32;
    }
}

/* Rounds 1 to 9 under `extend` or `convert`, and where `take`, the arithmetic of a half of the nodes that wait. */
X86_INLINE void rounds(vector *x, int vectors, walk_pending *p, int convert, int take) {
    if (take && waits(p, convert)) {
        if (vectors == 8) rounds_taking8(x, p, convert);
        else rounds_taking4(x, p, convert);
    } else {
        _Pragma("clang loop unroll(disable)") for (int round = 1; round < 10; round++) {
            vector key = broadcast(p->keys + convert + 2 * round);
            UNROLL for (int i = 0; i < vectors; i++) x[i] = aesenc(x[i], key);
        }
    }
}

/*
 * Nodes first ..< first + count, at most `vectors` vectors of them. `pairs`: they are pairs of siblings, and s->lowest is zero.
 * `values`: their values are wanted and not their seeds, and become the ones that wait.
 */
X86_INLINE void group(state *s, size_t first, uint32_t count, int vectors, int pairs, int values) {
    const walk_task *task = s->task;
    walk_pending *pending = s->pending;
    const __m128i *convert = pending->keys + 1;
    vector x[VECTORS], y[VECTORS];
    node_bits ctrl[VECTORS];
    {
        /* What the last round is to add: its key, its input (hash = AES(x) ^ x), and the correction. */
        vector correction[VECTORS];
        load_nodes(x, ctrl, correction, task, s->child, first, count, vectors, pairs);
        UNROLL for (int i = 0; i < vectors; i++) {
            y[i] = xor(x[i], s->first_key[i % 2]);
            x[i] = add_where(xor(x[i], s->last_key[i % 2]), ctrl[i], correction[i]);
        }
    }
    rounds(y, vectors, pending, 0, values);
    UNROLL for (int i = 0; i < vectors; i++) {
        vector corrected = aesenclast(y[i], x[i]), seed = clear_lowest(corrected);
        if (!pairs) seed = add_where(seed, ctrl[i], s->lowest);
        ctrl[i] = values ? spread_lowest(corrected) : lowest(corrected);
        x[i] = sigma(seed);
    }
    vector key = broadcast(convert), last = broadcast(convert + 20);
    if (!values) {
        uint8_t *out = task->out + 16 * first, *out_ctrl = task->out + 16 * (size_t)task->level->count + first;
        if (count == (uint32_t)(WIDTH * vectors)) {
            store_ctrl(out_ctrl, ctrl, vectors);
        } else {
            uint8_t bytes[LANES];
            store_ctrl(bytes, ctrl, vectors);
            walk_x86_copy(out_ctrl, bytes, count);
        }
        UNROLL for (int i = 0; i < vectors; i++) y[i] = xor(x[i], key);
        rounds(y, vectors, pending, 1, 0);
        UNROLL for (int i = 0; i < vectors; i++) {
            uint32_t node = WIDTH * (uint32_t)i;
            if (node >= count) break;
            store_blocks(out + 16 * node, xor(x[i], aesenclast(y[i], last)), count - node);
        }
        return;
    }
    /* Block 1: sigma(seed ^ 1) = sigma(seed) ^ sigma(1), which is added to the keys, as is the top bit's flip at the end. */
    key = xor(key, repeat(0, 1));
    UNROLL for (int i = 0; i < vectors; i++) y[i] = xor(x[i], key);
    rounds(y, vectors, pending, 1, 1);
    /* Now no nodes wait. */
    last = xor(last, repeat(1ULL << 63, (1ULL << 63) ^ 1));
    uint64_t (*value)[2] = pending->value, *sums = s->sums + 2 * first;
    store_rand(pending->rand, s->rand + first, count);
    vector over = repeat(1ULL << 63, 1ULL << 63);
    UNROLL for (int i = 0; i < vectors; i++) {
        vector flipped = xor(x[i], aesenclast(y[i], last));
        over = i == 0 ? flipped : greatest(over, flipped);
        vector corrected = add_flipped(flipped, ctrl[i], s->payload);
        uint32_t node = WIDTH * (uint32_t)i;
        store(value[node], corrected);
        if (node + WIDTH <= count) {
            add_halves(sums + 2 * node, corrected);
        } else {
            for (uint32_t j = node; j < count; j++) {
                sums[2 * j] += value[j][0] & E64;
                sums[2 * j + 1] += value[j][0] >> 32;
            }
        }
    }
    if (__builtin_expect(any_from(over, s->limit), 0)) {
        uint8_t bytes[LANES];
        store_ctrl(bytes, ctrl, vectors);
        redraw_group(s, first, count, value, bytes);
    }
    /* Several nodes are taken at a time: zeros for those that are none. */
    for (uint32_t j = count; j < LANES; j++) pending->rand[j] = 0;
    pending->next = 0;
    pending->end = WIDTH < 4 ? (count + 7) / 8 * 64 : (count + 15) / 16 * 128;
}

#define GROUP_OF(count, vectors)                                                  \
    do {                                                                          \
        if (values && pairs) group(s, first, count, vectors, 1, 1);               \
        else if (values) group(s, first, count, vectors, 0, 1);                   \
        else if (pairs) group(s, first, count, vectors, 1, 0);                    \
        else group(s, first, count, vectors, 0, 0);                               \
    } while (0)

X86 static __attribute__((noinline)) void full_group(state *s, uint32_t first, int pairs, int values) {
    GROUP_OF(LANES, VECTORS);
}

X86 static __attribute__((noinline)) void half_group(state *s, uint32_t first, int pairs, int values) {
    GROUP_OF(LANES / 2, VECTORS / 2);
}

/* The last nodes of a level, fewer than half a group. */
X86 static __attribute__((noinline)) void part_group(state *s, uint32_t first, uint32_t count, int pairs, int values) {
    GROUP_OF(count, VECTORS / 2);
}

/* The verifier share of the report whose values all have been taken. */
X86 static void finish(const walk_inner_block *b, size_t report, walk_pending *p) {
    fold(p);
    walk_x86_share(b, report, &p->totals);
    memset(&p->totals, 0, sizeof p->totals);
}

X86 void BLOCK(const walk_inner_block *b) {
    walk_x86_schedules schedules[WALK_X86_BATCH];
    walk_pending pending;
    state s;
    memset(&s, 0, sizeof s);
    memset(&pending, 0, sizeof pending);
    s.pending = &pending;
    s.bound = b->bound;
    s.sums = b->sums;
    s.limit = repeat(b->bound ^ (1ULL << 63), b->bound ^ (1ULL << 63));
    const __m128i one = _mm_set_epi64x(0, 1);
    /* Which of the first levels are pairs of siblings throughout. */
    uint64_t paired = walk_x86_paired(b);
    s.ahead.pace = walk_x86_pace(b, LANES);
    for (size_t i = 0; i < b->report_count; i++) {
        size_t column = b->reports[i], rest = b->report_count - i;
        if (i % WALK_X86_BATCH == 0) expand_reports(b, i, rest < WALK_X86_BATCH ? rest : WALK_X86_BATCH, schedules);
        copy_keys(pending.keys, schedules[i % WALK_X86_BATCH].k);
        s.ahead = walk_x86_ahead_of(b, i, s.ahead.pace);
        for (uint32_t l = 0; l < b->level_count; l++) {
            int with_values = b->payload_cw && l + 1 == b->level_count;
            walk_task task = walk_task_for(b, i, l);
            /* A public share with that bit set may take its time. */
            int pairs = l < 64 && (paired >> l & 1) && !(task.seed_cw[0] & 1);
            s.task = &task;
            __m128i cw = _mm_loadu_si128((const __m128i *)task.seed_cw), clear = _mm_andnot_si128(one, cw);
            s.lowest = repeat_block(_mm_and_si128(cw, one));
            s.child[0] = _mm_xor_si128(clear, _mm_cvtsi32_si128(task.ctrl_cw & 1));
            s.child[1] = _mm_xor_si128(clear, _mm_cvtsi32_si128(task.ctrl_cw >> 1 & 1));
            for (int odd = 0; odd < 2; odd++) {
                vector first = broadcast(pending.keys), last = broadcast(pending.keys + 20);
                s.first_key[odd] = pairs ? add_sides(first, odd) : first;
                s.last_key[odd] = pairs ? add_sides(last, odd) : last;
            }
            if (with_values) {
                s.payload = repeat_block(_mm_loadu_si128((const __m128i *)(b->payload_cw + 16 * column)));
                memcpy(s.payload_cw, b->payload_cw + 16 * column, 16);
                s.rand = b->verify_rand + (size_t)task.level->count * i;
            }
            uint32_t count = task.level->count;
            for (uint32_t first = 0, part; first < count; first += part) {
                part = count - first;
                walk_x86_look_ahead(&s.ahead);
                if (part >= LANES) full_group(&s, first, pairs, with_values), part = LANES;
                else if (part >= LANES / 2) half_group(&s, first, pairs, with_values), part = LANES / 2;
                else part_group(&s, first, part, pairs, with_values);
                if (!with_values) continue;
                if (first % 1024 == 0 && first > 0) fold(&pending);
                if (first == 0 && i > 0) finish(b, i - 1, &pending);
            }
        }
    }
    if (!b->payload_cw || b->report_count == 0) return;
    take_rest(&pending);
    finish(b, b->report_count - 1, &pending);
}

#undef X86
#undef X86_INLINE
#undef UNROLL
#undef VECTORS
#undef LANES
#undef state
#undef expand
#undef expand_reports
#undef rounds
#undef group
#undef redraw
#undef redraw_group
#undef hash_one
#undef level_values
#undef level_nodes
#undef full_group
#undef half_group
#undef copy_keys
#undef GROUP_OF
#undef part_group
#undef finish
#undef vector
#undef xor
#undef and
#undef xor_and
#undef clear_lowest
#undef spread_lowest
#undef select
#undef node_bits
#undef lowest
#undef add_where
#undef aesenc
#undef aesenclast
#undef broadcast
#undef repeat
#undef repeat_block
#undef add_sides
#undef low_block
#undef sigma
#undef sigma128
#undef load_nodes
#undef store
#undef store_rand
#undef store_blocks
#undef store_ctrl
#undef greatest
#undef any_from
#undef add_flipped
#undef add_halves
#undef rounds_taking4
#undef waits
#undef take_rest
#undef fold
#undef rounds_taking8
#undef key_pair
#undef key_pair_load
#undef key_pair_store
#undef key_pair_next
#undef TARGET
#undef BLOCK
#undef NAME
#undef WIDTH
