#include "check.h"

/* The fields have no path but the portable one: what is compared is its digest, between machines. */
static int value(const check_path *path) { return path == &paths[0] ? 0 : -1; }

/* Elements of WORDS words below the modulus, whose top word is at least 0xffffffff00000000. */
static uint64_t *make_elements(size_t count, size_t words) {
    uint64_t *elements = make_bytes(8 * words * count);
    for (size_t i = 0; i < count; i++) {
        uint64_t *top = &elements[words * i + words - 1];
        if (*top >= 0xffffffff00000000) *top = 0;
    }
    return elements;
}

#define CHECK_FIELD(NAME, RUN, WORDS, SUM_WORDS)                                                                       \
    static void RUN(int path) {                                                                                        \
        (void)path;                                                                                                    \
        for (size_t count = 0; count <= 40; count++) {                                                                 \
            uint64_t *a = make_elements(2 * count, WORDS), *b = make_elements(2 * count, WORDS), out[WORDS];           \
            uint64_t *sums = make_filled(16 * count * SUM_WORDS, 0), *reduced = make_filled(16 * count * WORDS, 0);    \
            uint64_t *factors = make_elements(2, WORDS), *integers = make_bytes(8 * count * WORDS);                    \
            NAME(dot)(a, b, count, out);                                                                               \
            take_output(out, sizeof out);                                                                              \
            NAME(dot_pairs)(a, count, out);                                                                            \
            take_output(out, sizeof out);                                                                              \
            NAME(accumulate)(sums, factors, a, 2 * count);                                                             \
            NAME(accumulate_bit_checks)(sums, factors, factors + WORDS, b, count);                                     \
            NAME(reduce_sums)(sums, 2 * count, reduced);                                                               \
            take_output(reduced, 16 * count * WORDS);                                                                  \
            NAME(encode)(b, 2 * count, (uint8_t *)reduced);                                                            \
            take_output(reduced, 16 * count * WORDS);                                                                  \
            for (size_t i = 0; i < count * WORDS; i += 5) integers[i] |= 0xffffffffffff0000;                           \
            size_t taken = NAME(take_canonical)(integers, count);                                                      \
            take_output(integers, 8 * taken * WORDS);                                                                  \
            discard(a), discard(b), discard(sums), discard(reduced), discard(factors), discard(integers);              \
        }                                                                                                              \
        for (size_t log = 0; log <= 6; log++) {                                                                        \
            for (size_t width = 1; width <= 5; width++) {                                                              \
                size_t count = (size_t)1 << log, size = 8 * count * width * WORDS;                                     \
                uint64_t *twiddles = make_elements(count, WORDS), *values = make_elements(count * width, WORDS);       \
                uint64_t *squares = make_elements(log + 1, WORDS), *weights = make_filled(8 * count * WORDS, 0);       \
                NAME(transform_backward)(values, count, width, twiddles);                                              \
                take_output(values, size);                                                                             \
                NAME(transform_forward)(values, count, width, twiddles);                                               \
                take_output(values, size);                                                                             \
                NAME(weights)(squares, twiddles, log, squares + WORDS * log, weights);                                 \
                take_output(weights, 8 * count * WORDS);                                                               \
                discard(twiddles), discard(values), discard(squares), discard(weights);                                \
            }                                                                                                          \
        }                                                                                                              \
    }

CHECK_FIELD(POPULUS_FIELD64, run64, 1, POPULUS_FIELD64_SUM_WORDS)
CHECK_FIELD(POPULUS_FIELD128, run128, 2, POPULUS_FIELD128_SUM_WORDS)

void check_field(void) {
    check_kernel("field64", value, run64);
    check_kernel("field128", value, run128);
}
