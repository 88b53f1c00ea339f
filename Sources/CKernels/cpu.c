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
