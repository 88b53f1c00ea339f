#include "cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>

typedef struct {
    unsigned eax, ebx, ecx, edx;
} leaf;

// Zeros where the CPU has no such leaf.
static leaf ask(unsigned number) {
    leaf l = {0, 0, 0, 0};
    __get_cpuid_count(number, 0, &l.eax, &l.ebx, &l.ecx, &l.edx);
    return l;
}

// Whether the operating system saves the registers of these bits of XCR0 when it changes threads.
static bool saves(unsigned bits) {
    if (!(ask(1).ecx & bit_OSXSAVE)) return false;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & bits) == bits;
}

// Bits of XCR0: XMM and YMM; and, with AVX-512, masks, the upper halves, and the upper sixteen registers.
#define SAVES_YMM 0x06
#define SAVES_ZMM 0xe6

bool populus_cpu_has_aesni(void) {
    unsigned needed = bit_AES | bit_SSSE3 | bit_SSE4_1 | bit_SSE4_2;
    return (ask(1).ecx & needed) == needed;
}

bool populus_cpu_has_sha(void) { return populus_cpu_has_aesni() && (ask(7).ebx & bit_SHA); }

bool populus_cpu_has_bmi(void) {
    unsigned needed = bit_BMI | bit_BMI2;
    return (ask(7).ebx & needed) == needed;
}

bool populus_cpu_has_avx2(void) {
    return populus_cpu_has_aesni() && populus_cpu_has_bmi() && (ask(7).ebx & bit_AVX2) && saves(SAVES_YMM);
}

bool populus_cpu_has_vaes(void) { return populus_cpu_has_avx2() && (ask(7).ecx & bit_VAES); }

bool populus_cpu_has_avx512(void) {
    unsigned needed = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL | bit_AVX512IFMA;
    return populus_cpu_has_vaes() && (ask(7).ebx & needed) == needed && saves(SAVES_ZMM);
}
#else
bool populus_cpu_has_aesni(void) { return false; }
bool populus_cpu_has_sha(void) { return false; }
bool populus_cpu_has_bmi(void) { return false; }
bool populus_cpu_has_avx2(void) { return false; }
bool populus_cpu_has_vaes(void) { return false; }
bool populus_cpu_has_avx512(void) { return false; }
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
