#pragma once

#include <stdint.h>

/// All ones where `flag`, which is 0 or 1, is 1; else zero.
///
/// The compiler does not know that there are two cases: it would branch on them in a loop, which is neither
/// constant-time nor fast.
static inline __attribute__((always_inline)) uint64_t populus_mask(uint64_t flag) {
    uint64_t mask = 0 - flag;
    __asm__("" : "+r"(mask));
    return mask;
}
