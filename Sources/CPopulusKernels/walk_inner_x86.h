/*
 * What the x86 paths of the inner levels share: the arithmetic on values, which runs in the scalar units while the vector
 * units encrypt. Private to this folder. Constant-time: carries are added.
 */
#pragma once
#include <immintrin.h>

#include "walk_inner.h"

/*
 * One report's sums over its nodes, of products that nobody reduces: data * rand and authenticator * rand of 128 bits, and
 * data * rand * rand of 192.
 */
typedef struct {
    uint64_t data[3], auth[3], data2[4];
} walk_totals;

/* The most nodes of a group. */
#define WALK_X86_LANES 32

/*
 * The values of the group before the one at work, whose arithmetic runs while this one is encrypted. The assembly below knows
 * the offsets.
 */
typedef struct {
    walk_totals totals;
    uint64_t next, end; /* eight times the first node that waits, and the first that does not */
    uint64_t unused[4]; /* here and below: so that vectors are aligned */
    __m128i keys[22]; /* the round keys of `extend` and `convert` in turn */
    uint64_t unused_too[4];
    uint64_t rand[WALK_X86_LANES];
    uint64_t value[WALK_X86_LANES][2]; /* data, authenticator */
    uint64_t lanes[10][8]; /* the sums of the AVX-512 path, before they go into `totals` */
} walk_pending __attribute__((aligned(64)));

_Static_assert(offsetof(walk_pending, totals) == 0 && offsetof(walk_totals, auth) == 24 &&
               offsetof(walk_totals, data2) == 48, "see WALK_X86_LOAD_TOTALS");
_Static_assert(offsetof(walk_pending, keys) % 64 == 0 && offsetof(walk_pending, value) % 64 == 0, "see `unused`");

#define WALK_X86_INLINE static inline __attribute__((always_inline))

/*
 * Nodes that wait are taken by hand, one between two rounds of AES: compilers keep such sums in memory and their carries in
 * registers, and the processor does not look far enough ahead to overlap the two by itself. Registers: p in [p]; the sums in
 * r8 to r15, data, auth and data2; the carries of the first two, fewer than 256, in bl and bh. No multiplication is reduced:
 * (data * rand) * rand is a product of two words by one, whose upper word cannot overflow where a carry is added to it.
 */
#define WALK_X86_LOAD_TOTALS                                                                                  \
    "movq (%[p]), %%r8\n\tmovq 8(%[p]), %%r9\n\tmovq 24(%[p]), %%r10\n\tmovq 32(%[p]), %%r11\n\t"          \
    "movq 48(%[p]), %%r12\n\tmovq 56(%[p]), %%r13\n\tmovq 64(%[p]), %%r14\n\tmovq 72(%[p]), %%r15\n\t"     \
    "xorl %%ebx, %%ebx\n\t"
#define WALK_X86_STORE_TOTALS                                                                                 \
    "movq %%r8, (%[p])\n\tmovq %%r9, 8(%[p])\n\tmovq %%r10, 24(%[p])\n\tmovq %%r11, 32(%[p])\n\t"          \
    "movq %%r12, 48(%[p])\n\tmovq %%r13, 56(%[p])\n\tmovq %%r14, 64(%[p])\n\tmovq %%r15, 72(%[p])\n\t"     \
    "movzbl %%bl, %%eax\n\tmovzbl %%bh, %%ecx\n\taddq %%rax, 16(%[p])\n\taddq %%rcx, 40(%[p])\n\t"
/* Node n of those at [r] and [v]. */
#define WALK_X86_TAKE_MULX(n)                                                                                 \
    "movq %c[r]+8*" n "(%[p]), %%rdx\n\t"                                                                    \
    "mulxq %c[v]+16*" n "+8(%[p]), %%rax, %%rcx\n\taddq %%rax, %%r10\n\tadcq %%rcx, %%r11\n\tadcb $0, %%bh\n\t" \
    "mulxq %c[v]+16*" n "(%[p]), %%rax, %%rsi\n\taddq %%rax, %%r8\n\tadcq %%rsi, %%r9\n\tadcb $0, %%bl\n\t"   \
    "mulxq %%rax, %%rax, %%rcx\n\tmulxq %%rsi, %%rsi, %%rdx\n\t"                                            \
    "addq %%rax, %%r12\n\tadcq %%rcx, %%r13\n\tadcq $0, %%rdx\n\t"                                         \
    "addq %%rsi, %%r13\n\tadcq %%rdx, %%r14\n\tadcq $0, %%r15\n\t"
/* The same without BMI2. */
#define WALK_X86_TAKE_MUL(n)                                                                                  \
    "movq %c[r]+8*" n "(%[p]), %%rcx\n\tmovq %c[v]+16*" n "+8(%[p]), %%rax\n\tmulq %%rcx\n\t"                \
    "addq %%rax, %%r10\n\tadcq %%rdx, %%r11\n\tadcb $0, %%bh\n\t"                                          \
    "movq %c[v]+16*" n "(%[p]), %%rax\n\tmulq %%rcx\n\tmovq %%rdx, %%rsi\n\t"                              \
    "addq %%rax, %%r8\n\tadcq %%rdx, %%r9\n\tadcb $0, %%bl\n\t"                                            \
    "mulq %%rcx\n\taddq %%rax, %%r12\n\tadcq %%rdx, %%r13\n\tadcq $0, %%r14\n\tadcq $0, %%r15\n\t"         \
    "movq %%rsi, %%rax\n\tmulq %%rcx\n\taddq %%rax, %%r13\n\tadcq %%rdx, %%r14\n\tadcq $0, %%r15\n\t"
#define WALK_X86_CLOBBERED                                                                                    \
    "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm15", "cc", "memory"

/* Rounds 1 to 9 by ROUND(n), the keys at the offset [k], and among them up to eight nodes that wait. */
#define WALK_X86_ROUNDS(ROUND, A, B, C, D, E, F, G, H)                                                        \
    WALK_X86_LOAD_TOTALS ROUND("32") A ROUND("64") B ROUND("96") C ROUND("128") D ROUND("160") E              \
    ROUND("192") F ROUND("224") G ROUND("256") H ROUND("288") WALK_X86_STORE_TOTALS
#define WALK_X86_TAKING4(ROUND, T) WALK_X86_ROUNDS(ROUND, , T("0"), , T("1"), , T("2"), , T("3"))
#define WALK_X86_TAKING8(ROUND, T)                                                                            \
    WALK_X86_ROUNDS(ROUND, T("0"), T("1"), T("2"), T("3"), T("4"), T("5"), T("6"), T("7"))
#define WALK_X86_FOUR(AES) AES("0") AES("1") AES("2") AES("3")
#define WALK_X86_EIGHT(AES) WALK_X86_FOUR(AES) AES("4") AES("5") AES("6") AES("7")
/* Text for the key of `extend` or `convert`, and the nodes from `node` on. */
#define WALK_X86_OPERANDS(convert, node)                                                                      \
    [p] "r"(p), [k] "i"(offsetof(walk_pending, keys) + 16 * (convert)),                                       \
        [r] "i"(offsetof(walk_pending, rand) + 8 * (node)), [v] "i"(offsetof(walk_pending, value) + 16 * (node))
#define WALK_X86_ASM_FOUR(TEXT, convert, node)                                                                \
    __asm__ volatile(TEXT                                                                                     \
                     : [x0] "+x"(x[0]), [x1] "+x"(x[1]), [x2] "+x"(x[2]), [x3] "+x"(x[3])                     \
                     : WALK_X86_OPERANDS(convert, node)                                                       \
                     : WALK_X86_CLOBBERED)
#define WALK_X86_ASM_EIGHT(TEXT, convert, node)                                                               \
    __asm__ volatile(TEXT                                                                                     \
                     : [x0] "+x"(x[0]), [x1] "+x"(x[1]), [x2] "+x"(x[2]), [x3] "+x"(x[3]), [x4] "+x"(x[4]),   \
                       [x5] "+x"(x[5]), [x6] "+x"(x[6]), [x7] "+x"(x[7])                                      \
                     : WALK_X86_OPERANDS(convert, node)                                                       \
                     : WALK_X86_CLOBBERED)

WALK_X86_INLINE uint64_t walk_x86_reduce(const uint64_t total[3]) {
    return f64_wide_reduce((f64_wide){(u128)total[1] << 64 | total[0], total[2]});
}

WALK_X86_INLINE void walk_x86_share(const walk_inner_block *b, size_t report, const walk_totals *t) {
    /* 2^192 = 1 mod p. */
    uint64_t data2 = f64_add(walk_x86_reduce(t->data2), f64_canonical(t->data2[3]));
    uint64_t share[3] = {walk_x86_reduce(t->data), data2, walk_x86_reduce(t->auth)};
    walk_write_share(b, report, share);
}

/* Fewer than 32 bytes, without a call, which would spill vectors. */
WALK_X86_INLINE void walk_x86_copy(uint8_t *out, const uint8_t *in, uint32_t count) {
    if (count & 16) memcpy(out, in, 16), out += 16, in += 16;
    if (count & 8) memcpy(out, in, 8), out += 8, in += 8;
    if (count & 4) memcpy(out, in, 4), out += 4, in += 4;
    if (count & 2) memcpy(out, in, 2), out += 2, in += 2;
    if (count & 1) *out = *in;
}

/* Bit l says that level l consists of pairs of siblings; levels past 63 count as if they did not. */
WALK_X86_INLINE uint64_t walk_x86_paired(const walk_inner_block *b) {
    uint64_t paired = 0;
    for (uint32_t l = 0; l < b->level_count && l < 64; l++) {
        const walk_level *level = &b->levels[l];
        uint32_t wrong = level->count % 2;
        for (uint32_t j = 0; j + 1 < level->count; j += 2)
            wrong |= (level->parents[j] ^ level->parents[j + 1]) | level->bits[j] | (level->bits[j + 1] ^ 1u);
        paired |= (uint64_t)(wrong == 0) << l;
    }
    return paired;
}

/* The round keys of `extend` and `convert` of one report in turn, as the AES instructions take them. */
typedef struct {
    __m128i k[22];
} walk_x86_schedules;

/* Reports whose keys are expanded side by side. */
#define WALK_X86_BATCH 4

/*
 * What the next report reads and writes comes from far away, and goes there: the lines of its input and output rows are asked
 * for a few at a time, as a core waits when it has asked for too many.
 */
typedef struct {
    const uint8_t *input, *output;
    size_t input_size, output_size, at;
    uint32_t pace; /* lines of each row for a group of nodes */
} walk_x86_ahead;

/* With so many lines a group of `lanes` nodes, rows are there when the report's last group is. */
WALK_X86_INLINE uint32_t walk_x86_pace(const walk_inner_block *b, uint32_t lanes) {
    size_t groups = 1, input = 17 * (size_t)b->parent_count, output = b->output ? b->output_stride : 0;
    for (uint32_t l = 0; l < b->level_count; l++) groups += b->levels[l].count / lanes;
    return (uint32_t)((input > output ? input : output) / 64 / groups + 1);
}

WALK_X86_INLINE walk_x86_ahead walk_x86_ahead_of(const walk_inner_block *b, size_t i, uint32_t pace) {
    walk_x86_ahead ahead = {NULL, NULL, 0, 0, 0, pace};
    if (i + 1 == b->report_count) return ahead;
    ahead.input = b->input.rows + b->input.stride * b->input.row_of[i + 1];
    ahead.input_size = 17 * (size_t)b->parent_count;
    if (!b->output) return ahead;
    ahead.output = b->output + b->output_stride * (i + 1);
    ahead.output_size = b->output_stride;
    return ahead;
}

WALK_X86_INLINE void walk_x86_look_ahead(walk_x86_ahead *a) {
    for (uint32_t k = 0; k < a->pace; k++, a->at += 64) {
        if (a->at < a->input_size) __builtin_prefetch(a->input + a->at);
        if (a->at < a->output_size) __builtin_prefetch(a->output + a->at, 1);
    }
}
