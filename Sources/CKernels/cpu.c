#include "cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>

bool populus_cpu_has_aesni(void) {
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return false;
    return (ecx & bit_AES) && (ecx & bit_SSSE3) && (ecx & bit_SSE4_1);
}

bool populus_cpu_has_bmi(void) {
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return false;
    return (ebx & bit_BMI) && (ebx & bit_BMI2);
}
#else
bool populus_cpu_has_aesni(void) { return false; }
bool populus_cpu_has_bmi(void) { return false; }
#endif

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

// As the kernel names them; older headers lack the second.
#define HAS_AES (1UL << 3)
#define HAS_SHA3 (1UL << 17)

bool populus_cpu_has_neon_aes(void) { return (getauxval(AT_HWCAP) & HAS_AES) != 0; }
bool populus_cpu_has_neon_sha3(void) { return (getauxval(AT_HWCAP) & HAS_SHA3) != 0; }
#elif defined(__aarch64__) && defined(__APPLE__)
#include <stddef.h>
#include <sys/sysctl.h>

static bool has(const char *name) {
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value != 0;
}

bool populus_cpu_has_neon_aes(void) { return has("hw.optional.arm.FEAT_AES"); }
bool populus_cpu_has_neon_sha3(void) { return has("hw.optional.arm.FEAT_SHA3"); }
#else
bool populus_cpu_has_neon_aes(void) { return false; }
bool populus_cpu_has_neon_sha3(void) { return false; }
#endif
