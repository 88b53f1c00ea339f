#include "check.h"

static bool always(void) { return true; }

#if defined(__x86_64__)
static bool has_bmi(void) { return __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"); }
static bool has_aesni(void) { return __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1"); }
static bool has_avx2(void) {
    return has_aesni() && has_bmi() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("adx");
}
static bool has_vaes(void) { return has_avx2() && __builtin_cpu_supports("vaes"); }
static bool has_avx512(void) {
    return has_vaes() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

const check_path paths[] = {
    {"portable", always, 0, POPULUS_KECCAK_PORTABLE, WALK_PORTABLE},
#if defined(__x86_64__)
    {"bmi", has_bmi, -1, POPULUS_KECCAK_BMI, -1},
    {"aesni", has_aesni, 1, -1, WALK_AESNI},
    {"avx2", has_avx2, -1, -1, WALK_AESNI_AVX2},
    {"vaes", has_vaes, -1, -1, WALK_VAES},
    {"avx512", has_avx512, -1, -1, WALK_AVX512},
#elif defined(__aarch64__)
    {"neon", populus_cpu_has_neon_aes, 2, -1, WALK_NEON},
#endif
};
const size_t path_count = sizeof paths / sizeof paths[0];
