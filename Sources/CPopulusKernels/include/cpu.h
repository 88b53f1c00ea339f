#pragma once

#include <stdbool.h>

/// Whether this CPU has AES-NI and SSE up to 4.2.
bool populus_cpu_has_aesni(void);

/// Whether this CPU has the SHA-256 instructions, and SSE up to 4.2.
bool populus_cpu_has_sha(void);

/// Whether this CPU has BMI1 and BMI2.
bool populus_cpu_has_bmi(void);

/// Whether this CPU, under this operating system, has AVX2 besides AES-NI, BMI1 and BMI2.
bool populus_cpu_has_avx2(void);

/// Whether it has VAES besides those.
bool populus_cpu_has_vaes(void);

/// Whether it has AVX-512 F, BW, DQ, VL and IFMA besides all of those.
bool populus_cpu_has_avx512(void);

/// Whether this CPU has the AES instructions of ARMv8.
bool populus_cpu_has_neon_aes(void);

/// Whether this CPU has the SHA-3 instructions of ARMv8.2.
bool populus_cpu_has_neon_sha3(void);
