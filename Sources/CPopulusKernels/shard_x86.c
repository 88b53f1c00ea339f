/*
 * The client's streams and its IDPF in one go: the IDPF's AES is one long chain of dependent rounds, which leaves the units
 * idle; the sponges' vectors fill them.
 */
#include "shard_idpf.h"
#include "walk_keccak.h"

#if defined(__x86_64__)
static const uint64_t round_constants[12] = {
    0x000000008000808bULL, 0x800000000000008bULL, 0x8000000000008089ULL, 0x8000000000008003ULL,
    0x8000000000008002ULL, 0x8000000000000080ULL, 0x000000000000800aULL, 0x800000008000000aULL,
    0x8000000080008081ULL, 0x8000000000008080ULL, 0x0000000080000001ULL, 0x8000000080008008ULL,
};

#define TARGET "aes,avx2"
#define SHARD shard_avx2
#define STORE store_avx2
#define XOR(a, b) _mm256_xor_si256(a, b)
#define XOR3(a, b, c) XOR(XOR(a, b), c)
#define CHI(a, b, c) XOR(a, _mm256_andnot_si256(b, c))
#define ROL(a, n) _mm256_or_si256(_mm256_slli_epi64(a, n), _mm256_srli_epi64(a, 64 - (n)))
#include "shard_x86_body.h"

#define TARGET "aes,avx2,avx512f,avx512vl"
#define SHARD shard_avx512
#define STORE store_avx512
#define XOR(a, b) _mm256_xor_si256(a, b)
#define XOR3(a, b, c) _mm256_ternarylogic_epi64(a, b, c, 0x96)
#define CHI(a, b, c) _mm256_ternarylogic_epi64(a, b, c, 0xd2)
#define ROL(a, n) _mm256_rol_epi64(a, n)
#include "shard_x86_body.h"
#endif

void populus_shard(
    int isa, populus_turboshake128 *sponges, size_t count, uint8_t *out, size_t stride, size_t blocks,
    const populus_idpf_generation *generation, populus_idpf_path *path) {
#if defined(__x86_64__)
    if (isa == WALK_AVX512) {
        shard_avx512(sponges, count, out, stride, blocks, generation, path);
        return;
    }
    if (isa == WALK_AESNI_AVX2 || isa == WALK_VAES) {
        shard_avx2(sponges, count, out, stride, blocks, generation, path);
        return;
    }
#endif
    populus_turboshake128_squeeze_lanes(isa, sponges, count, out, stride, blocks);
    populus_idpf_generate_aesni(generation, path);
}
