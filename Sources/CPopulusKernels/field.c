#include "field.h"

#include <string.h>

#include "field_arithmetic.h"

// Instructions beyond the base set do not pay here: products of words are scalar below AVX-512's IFMA, and MULX made no
// difference that could be measured.

#define FE f64
#define WORDS 1
#define FN(name) f64_##name
#define NAME(name) populus_field64_##name
_Static_assert(sizeof(f64_sum) == 8 * POPULUS_FIELD64_SUM_WORDS, "the caller makes the sums' storage");
#include "field_body.h"

#undef FE
#undef WORDS
#undef FN
#undef NAME

#define FE f128
#define WORDS 2
#define FN(name) f128_##name
#define NAME(name) populus_field128_##name
_Static_assert(sizeof(f128_sum) == 8 * POPULUS_FIELD128_SUM_WORDS, "the caller makes the sums' storage");
#include "field_body.h"
