/*
 * walk_keccak_body.h on eight states. Private to this folder; no include guard. The includer defines AVX512, the instruction sets, and
 * undefines LANE, TARGET, NAME and XOR.
 */
#define LANE __m512i
#define TARGET __attribute__((target(AVX512)))
#define NAME(x) x##_avx512
#define XOR(x, y) _mm512_xor_si512(x, y)
#define XOR3(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0x96)
#define ROL(x, n) _mm512_rol_epi64(x, n)
#define CHI(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0xd2)
#define CONSTANT(x) _mm512_set1_epi64((long long)(x))
#include "walk_keccak_body.h"
