#include "walk_inner.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define LANES 8
/* Nodes between two turns of arithmetic; a multiple of LANES. */
#define TILE 64
#define UNROLL _Pragma("clang loop unroll(full)")

#define TARGET "aes,sse4.1"
#define REPORT walk_inner_report_aesni
#define NAME(x) x##_sse
#include "walk_inner_aesni_body.h"

/* The same with three-operand instructions and carry-free multiplication. */
#define TARGET "aes,avx2,bmi2,adx"
#define REPORT walk_inner_report_aesni_avx2
#define NAME(x) x##_avx
#include "walk_inner_aesni_body.h"

int walk_has_aesni_build(void) { return 1; }
#else
int walk_has_aesni_build(void) { return 0; }
void walk_inner_report_aesni(const walk_inner_block *b, size_t i, walk_sketch *sketch) {
    (void)b; (void)i; (void)sketch;
}
void walk_inner_report_aesni_avx2(const walk_inner_block *b, size_t i, walk_sketch *sketch) {
    (void)b; (void)i; (void)sketch;
}
#endif
