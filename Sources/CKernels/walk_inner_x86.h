/*
 * What the x86 paths of the inner levels share: the arithmetic on values, which runs in the scalar units while the vector
 * units encrypt. Private to this folder. Constant-time: carries become masks by `sbb`.
 */
#pragma once
#include <immintrin.h>

#include "walk_inner.h"

/* One report's sums over its nodes: data * rand reduced, then data * rand^2 and authenticator * rand as whole products. */
typedef struct {
    uint64_t data[2], data2[3], auth[3];
} walk_totals;

/* The most nodes of a group. */
#define WALK_X86_LANES 32

/*
 * The values of the group at work and of the one before it, whose arithmetic runs while this one is encrypted. Turn by turn
 * they take the first and the second half of the arrays. The assembly below knows the offsets.
 */
typedef struct {
    walk_totals totals;
    uint64_t next, end; /* eight times the first node that waits, and the first that does not */
    uint64_t unused[6]; /* here and below: so that vectors are aligned */
    __m128i keys[22]; /* the round keys of `extend` and `convert` in turn */
    uint64_t unused_too[4];
    uint64_t rand[2 * WALK_X86_LANES];
    uint64_t value[2 * WALK_X86_LANES][2]; /* data, authenticator */
    uint64_t lanes[14][8]; /* the sums of the AVX-512 path, before they go into `totals` */
} walk_pending __attribute__((aligned(64)));

_Static_assert(offsetof(walk_pending, end) == 72 && offsetof(walk_pending, keys) == 128 &&
               offsetof(walk_pending, rand) == 512 && offsetof(walk_pending, value) == 1024, "see WALK_X86_TAKE");

#define WALK_X86_INLINE static inline __attribute__((always_inline))

/*
 * Nodes that wait are taken by hand, a part in each round of AES: compilers keep such sums in memory and their carries in
 * registers, and the processor does not look far enough ahead to overlap the two by itself. The reduction: low - (the halves
 * of high) + (the lower half of high << 32), each carry worth 2^32 - 1. Registers: p in [p], the next node in rdi.
 */
#define WALK_X86_LOAD_TOTALS                                                                                  \
    "movq (%[p]), %%r8\n\tmovq 8(%[p]), %%r9\n\tmovq 16(%[p]), %%r10\n\tmovq 24(%[p]), %%r11\n\t"           \
    "movq 32(%[p]), %%r12\n\tmovq 40(%[p]), %%r13\n\tmovq 48(%[p]), %%r14\n\tmovq 56(%[p]), %%r15\n\t"      \
    "movq 64(%[p]), %%rdi\n\t"
#define WALK_X86_STORE_TOTALS                                                                                 \
    "movq %%r8, (%[p])\n\tmovq %%r9, 8(%[p])\n\tmovq %%r10, 16(%[p])\n\tmovq %%r11, 24(%[p])\n\t"           \
    "movq %%r12, 32(%[p])\n\tmovq %%r13, 40(%[p])\n\tmovq %%r14, 48(%[p])\n\tmovq %%r15, 56(%[p])\n\t"      \
    "movq %%rdi, 64(%[p])\n\t"
#define WALK_X86_TAKE                                                                                         \
    "movq 512(%[p],%%rdi), %%rcx\n\tmovq 1024(%[p],%%rdi,2), %%rax\n\tmulq %%rcx\n\t"                         \
    "movl %%edx, %%esi\n\tshrq $32, %%rdx\n\taddq %%rsi, %%rdx\n\tshlq $32, %%rsi\n\t"                       \
    "subq %%rdx, %%rax\n\tsbbl %%edx, %%edx\n\tsubq %%rdx, %%rax\n\t"                                       \
    "addq %%rsi, %%rax\n\tsbbl %%edx, %%edx\n\taddq %%rdx, %%rax\n\t"                                       \
    "addq %%rax, %%r8\n\tadcq $0, %%r9\n\t"                                                                \
    "mulq %%rcx\n\taddq %%rax, %%r10\n\tadcq %%rdx, %%r11\n\tadcq $0, %%r12\n\t"                            \
    "movq 1032(%[p],%%rdi,2), %%rax\n\tmulq %%rcx\n\t"                                                      \
    "addq %%rax, %%r13\n\tadcq %%rdx, %%r14\n\tadcq $0, %%r15\n\taddq $8, %%rdi\n\t"
#define WALK_X86_CLOBBERED                                                                                    \
    "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm15", "cc", "memory"

/* Rounds 1 to 9 by ROUND(n), the keys at the offset [k], and among them some of the nodes that wait by TAKE. */
#define WALK_X86_SLOT(ROUND, TAKE, A, B, C)                                                                   \
    ROUND(A) ROUND(B) "cmpq 72(%[p]), %%rdi\n\tje 1f\n\t" TAKE "1:\n\t" ROUND(C)
#define WALK_X86_ROUNDS(ROUND, TAKE)                                                                          \
    WALK_X86_LOAD_TOTALS WALK_X86_SLOT(ROUND, TAKE, "32", "64", "96")                                         \
    WALK_X86_SLOT(ROUND, TAKE, "128", "160", "192") WALK_X86_SLOT(ROUND, TAKE, "224", "256", "288")           \
    WALK_X86_STORE_TOTALS
#define WALK_X86_FOUR(AES) AES("0") AES("1") AES("2") AES("3")
#define WALK_X86_EIGHT(AES) WALK_X86_FOUR(AES) AES("4") AES("5") AES("6") AES("7")
#define WALK_X86_ASM_FOUR(TEXT)                                                                               \
    __asm__ volatile(TEXT                                                                                     \
                     : [x0] "+x"(x[0]), [x1] "+x"(x[1]), [x2] "+x"(x[2]), [x3] "+x"(x[3])                     \
                     : [p] "r"(p), [k] "i"(offset)                                                            \
                     : WALK_X86_CLOBBERED)
#define WALK_X86_ASM_EIGHT(TEXT)                                                                              \
    __asm__ volatile(TEXT                                                                                     \
                     : [x0] "+x"(x[0]), [x1] "+x"(x[1]), [x2] "+x"(x[2]), [x3] "+x"(x[3]), [x4] "+x"(x[4]),   \
                       [x5] "+x"(x[5]), [x6] "+x"(x[6]), [x7] "+x"(x[7])                                      \
                     : [p] "r"(p), [k] "i"(offset)                                                            \
                     : WALK_X86_CLOBBERED)

/* Takes all nodes that wait. */
WALK_X86_INLINE void walk_x86_take_rest(walk_pending *p) {
    if (p->next == p->end) return;
    __asm__ volatile(WALK_X86_LOAD_TOTALS "1:\n\t" WALK_X86_TAKE "cmpq 72(%[p]), %%rdi\n\tjne 1b\n\t" WALK_X86_STORE_TOTALS
                     :
                     : [p] "r"(p)
                     : WALK_X86_CLOBBERED);
}

WALK_X86_INLINE void walk_x86_share(const walk_inner_block *b, size_t report, const walk_totals *t) {
    f64_wide data2 = {(u128)t->data2[1] << 64 | t->data2[0], t->data2[2]};
    f64_wide auth = {(u128)t->auth[1] << 64 | t->auth[0], t->auth[2]};
    uint64_t share[3] = {f64_canonical(f64_reduce((u128)t->data[1] << 64 | t->data[0])), f64_wide_reduce(data2),
                         f64_wide_reduce(auth)};
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
