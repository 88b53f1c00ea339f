#include "fixed_key_aes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define HASH populus_aes_hash_vaes
#define IN_FLIGHT in_flight_256
#define TARGET "aes,vaes,avx2"
#define WIDTH 2
#define VECTOR __m256i
#define V(name) _mm256_##name##_si256
#define BROADCAST(x) _mm256_broadcastsi128_si256(x)
#define SHUFFLE(x, order) _mm256_shuffle_epi32(x, order)
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define STORE(p, x) _mm256_storeu_si256((__m256i *)(p), x)
#define AESENC _mm256_aesenc_epi128
#define AESENCLAST _mm256_aesenclast_epi128
#include "fixed_key_aes_vaes_body.h"

#define HASH populus_aes_hash_avx512
#define IN_FLIGHT in_flight_512
#define TARGET "aes,vaes,avx512f"
#define WIDTH 4
#define VECTOR __m512i
#define V(name) _mm512_##name##_si512
#define BROADCAST(x) _mm512_broadcast_i32x4(x)
#define SHUFFLE(x, order) _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)(order))
#define LOAD(p) _mm512_loadu_si512(p)
#define STORE(p, x) _mm512_storeu_si512(p, x)
#define AESENC _mm512_aesenc_epi128
#define AESENCLAST _mm512_aesenclast_epi128
#include "fixed_key_aes_vaes_body.h"
#else
void populus_aes_hash_vaes(
    const populus_aes128_schedule *schedule, const void *input, uint64_t tweak, void *output, size_t count) {
    (void)schedule, (void)input, (void)tweak, (void)output, (void)count;
    __builtin_trap();
}

void populus_aes_hash_avx512(
    const populus_aes128_schedule *schedule, const void *input, uint64_t tweak, void *output, size_t count) {
    (void)schedule, (void)input, (void)tweak, (void)output, (void)count;
    __builtin_trap();
}
#endif
