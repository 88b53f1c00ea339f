#pragma once

#include <stdbool.h>

/// Whether this CPU (and operating system) can run the AES-NI path.
bool populus_cpu_has_aesni(void);

/// Whether this CPU has BMI1 and BMI2.
bool populus_cpu_has_bmi(void);

/// Whether this CPU has the AES instructions of ARMv8.
bool populus_cpu_has_neon_aes(void);

/// Whether this CPU has the SHA-3 instructions of ARMv8.2.
bool populus_cpu_has_neon_sha3(void);
