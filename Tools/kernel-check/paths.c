#include "check.h"

static bool always(void) { return true; }

#if defined(__aarch64__)
static bool has_neon_sha3(void) { return populus_cpu_has_neon_aes() && populus_cpu_has_neon_sha3(); }
#endif

/* By their names in POPULUS_CPU, except `bmi`, which only the sponges know. */
const check_path paths[] = {
    {"portable", always, 0, POPULUS_KECCAK_PORTABLE, WALK_PORTABLE},
#if defined(__x86_64__)
    {"bmi", populus_cpu_has_bmi, -1, POPULUS_KECCAK_BMI, -1},
    {"aesni", populus_cpu_has_aesni, 1, -1, WALK_AESNI},
    {"avx2", populus_cpu_has_avx2, -1, -1, WALK_AESNI_AVX2},
    {"vaes", populus_cpu_has_vaes, 3, -1, WALK_VAES},
    {"avx512", populus_cpu_has_avx512, 4, -1, WALK_AVX512},
#endif
#if defined(__aarch64__)
    {"neon", populus_cpu_has_neon_aes, 2, -1, WALK_NEON},
    {"neonSHA3", has_neon_sha3, -1, -1, WALK_NEON_SHA3},
#endif
};
const size_t path_count = sizeof paths / sizeof paths[0];
