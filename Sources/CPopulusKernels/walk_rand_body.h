/*
 * Verification randomness of as many reports at a time as a vector has lanes, included once for each instruction set.
 * Private to this folder; no include guard. LANE, LANES, TARGET and NAME are those of walk_keccak_body.h; WIDE(x) repeats a
 * word, LOAD(p) reads LANES words, MAX(a, b) takes the greater of each half word, and store_rows transposes.
 */

/* Some reports' sponges, in step. */
typedef struct {
    LANE state[25];
    uint64_t *out[LANES]; /* where the next element goes */
    size_t count;         /* elements wanted of each */
    uint64_t bound;
} NAME(rand_group);

/* Every report alone, where an element may have to be drawn again: the blocks after `have` elements of each. */
TARGET static __attribute__((noinline)) void NAME(redraw_rand)(NAME(rand_group) *g, int reports, size_t have) {
    size_t taken[LANES], least;
    for (int i = 0; i < LANES; i++) taken[i] = have;
    for (;;) {
        uint64_t words[LANES][RATE / 8];
        for (int k = 0; k < RATE / 8; k++)
            for (int i = 0; i < LANES; i++) words[i][k] = ((const uint64_t *)&g->state[k])[i];
        least = g->count;
        for (int i = 0; i < reports; i++) {
            taken[i] = take_below(words[i], g->bound, g->out[i], taken[i], g->count);
            least = taken[i] < least ? taken[i] : least;
        }
        if (least == g->count) return;
        NAME(keccak)(g->state);
    }
}

TARGET static void NAME(squeeze_rand)(NAME(rand_group) *g, int reports) {
    LANE sums[5];
    NAME(keccak_sums)(g->state, sums);
    for (size_t have = 0; have < g->count;) {
        NAME(keccak_on)(g->state, sums);
        /* An element that is not below the bound has an upper half that is not below the bound's. */
        LANE greatest = g->state[0];
        for (int k = 1; k < RATE / 8; k++) greatest = MAX(greatest, g->state[k]);
        uint64_t suspect = 0;
        for (int i = 0; i < LANES; i++) suspect |= ((const uint64_t *)&greatest)[i] >> 32 >= g->bound >> 32;
        if (suspect) {
            NAME(redraw_rand)(g, reports, have);
            return;
        }
        size_t part = g->count - have < RATE / 8 ? g->count - have : RATE / 8;
        NAME(store_rows)(g->state, g->out, have, part, reports);
        have += part;
    }
}

/* False, having done nothing, where the message goes on into another block. */
TARGET static bool NAME(verify_rand)(const walk_message *m, const uint8_t *nonces, const uint32_t *reports,
                                     size_t report_count, size_t count, uint64_t bound, uint64_t *out) {
    sponge start = {{0}, 0};
    sponge_absorb(&start, m->head, m->head_length);
    size_t at = start.position, word = at / 8;
    int shift = 8 * (int)(at % 8);
    if (at + 16 + m->tail_length >= RATE) return false;
    start.position += 16;
    sponge_absorb(&start, m->tail, m->tail_length);
    sponge_pad(&start, 1);
    for (size_t first = 0; first < report_count; first += LANES) {
        size_t rest = report_count - first;
        int used = rest < LANES ? (int)rest : LANES;
        uint64_t nonce[3][LANES] __attribute__((aligned(64)));
        NAME(rand_group) g;
        for (int i = 0; i < LANES; i++) {
            size_t report = first + (size_t)(i < used ? i : 0);
            const uint8_t *bytes = nonces + 16 * (size_t)reports[report];
            u128 value = (u128)load64(bytes + 8) << 64 | load64(bytes);
            nonce[0][i] = (uint64_t)(value << shift);
            nonce[1][i] = (uint64_t)(value << shift >> 64);
            nonce[2][i] = (uint64_t)(value >> 64 >> 1 >> (63 - shift));
            g.out[i] = out + report * count;
        }
        for (int k = 0; k < 25; k++) g.state[k] = WIDE(start.s[k]);
        for (size_t k = 0; k < 3; k++) g.state[word + k] = XOR(g.state[word + k], LOAD(nonce[k]));
        g.count = count;
        g.bound = bound;
        NAME(squeeze_rand)(&g, used);
    }
    return true;
}

#undef LANE
#undef LANES
#undef TARGET
#undef NAME
#undef XOR
#undef WIDE
#undef LOAD
#undef MAX
