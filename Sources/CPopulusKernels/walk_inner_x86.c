#include "walk_inner.h"

#if defined(__x86_64__)
#include "walk_inner_x86.h"

#define AESENC(n) "aesenc %%xmm15, %[x" n "]\n\t"
#define ROUND_EIGHT(offset) "movdqa %c[k]+" offset "(%[p]), %%xmm15\n\t" WALK_X86_EIGHT(AESENC)
#define ROUND_FOUR(offset) "movdqa %c[k]+" offset "(%[p]), %%xmm15\n\t" WALK_X86_FOUR(AESENC)
#define TAKING_HALF WALK_X86_TAKING4
#define TAKE WALK_X86_TAKE_MUL
#define TARGET "aes,sse4.2"
#define BLOCK walk_inner_aesni
#define NAME(x) x##_sse
#define WIDTH 1
#include "walk_inner_x86_body.h"
#undef AESENC

/* The same with three-operand instructions. */
#define AESENC(n) "vaesenc %%xmm15, %[x" n "], %[x" n "]\n\t"
#define ROUND_EIGHT(offset) "vmovdqa %c[k]+" offset "(%[p]), %%xmm15\n\t" WALK_X86_EIGHT(AESENC)
#define ROUND_FOUR(offset) "vmovdqa %c[k]+" offset "(%[p]), %%xmm15\n\t" WALK_X86_FOUR(AESENC)
#define TAKING_HALF WALK_X86_TAKING4
#define TAKE WALK_X86_TAKE_MULX
#define TARGET "aes,avx2"
#define BLOCK walk_inner_avx2
#define NAME(x) x##_avx2
#define WIDTH 1
#include "walk_inner_x86_body.h"
#undef AESENC

#define AESENC(n) "vaesenc %%ymm15, %t[x" n "], %t[x" n "]\n\t"
#define ROUND_EIGHT(offset) "vbroadcasti128 %c[k]+" offset "(%[p]), %%ymm15\n\t" WALK_X86_EIGHT(AESENC)
#define ROUND_FOUR(offset) "vbroadcasti128 %c[k]+" offset "(%[p]), %%ymm15\n\t" WALK_X86_FOUR(AESENC)
#define TAKING_HALF WALK_X86_TAKING8
#define TAKE WALK_X86_TAKE_MULX
#define TARGET "aes,vaes,avx2"
#define BLOCK walk_inner_vaes
#define NAME(x) x##_vaes
#define WIDTH 2
#include "walk_inner_x86_body.h"
#undef AESENC

#define TARGET "aes,vaes,avx512f,avx512bw,avx512dq,avx512vl,avx512ifma"
#define BLOCK walk_inner_avx512
#define NAME(x) x##_avx512
#define WIDTH 4
#include "walk_inner_x86_body.h"
#endif
