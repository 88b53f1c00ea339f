/* The kernels of field.h for one field: FE its element, WORDS its size, FN(name) its arithmetic, NAME(name) a kernel. */

void NAME(dot)(const void *a, const void *b, size_t count, void *out) {
    const uint64_t *x = a, *y = b;
    FN(sum) sum = {0};
    for (size_t i = 0; i < WORDS * count; i += WORDS) FN(accumulate)(&sum, FN(load)(x + i), FN(load)(y + i));
    FN(store)(out, FN(sum_reduce)(&sum));
}

void NAME(dot_pairs)(const void *a, size_t pairs, void *out) {
    const uint64_t *x = a;
    FN(sum) sum = {0};
    for (size_t i = 0; i < 2 * WORDS * pairs; i += 2 * WORDS)
        FN(accumulate)(&sum, FN(load)(x + i), FN(load)(x + i + WORDS));
    FN(store)(out, FN(sum_reduce)(&sum));
}

void NAME(weights)(const void *squares, const void *inverse_twiddles, size_t log_count, const void *scale, void *out) {
    const uint64_t *powers = squares, *twiddles = inverse_twiddles;
    uint64_t *weights = out;
    FN(store)(weights, FN(load)(scale));
    for (size_t log = 0; log < log_count; log++) {
        size_t length = WORDS << log;
        FE power = FN(load)(powers + WORDS * (log_count - 1 - log));
        for (size_t i = 0; i < length; i += WORDS) {
            FE weight = FN(load)(weights + i);
            FE term = FN(mul)(weight, FN(mul)(power, FN(load)(twiddles + length + i)));
            FN(store)(weights + i, FN(add)(weight, term));
            FN(store)(weights + length + i, FN(sub)(weight, term));
        }
    }
}

FIELD_INLINE void FN(backward)(uint64_t *rows, size_t count, size_t row, const uint64_t *twiddles) {
    for (size_t length = count / 2; length > 0; length /= 2) {
        for (size_t start = 0; start < count; start += 2 * length) {
            for (size_t i = 0; i < length; i++) {
                uint64_t *upper = rows + row * (start + i), *lower = upper + row * length;
                FE twiddle = FN(load)(twiddles + WORDS * (length + i));
                for (size_t j = 0; j < row; j += WORDS) {
                    FE u = FN(load)(upper + j), v = FN(load)(lower + j), difference = FN(sub)(u, v);
                    FN(store)(upper + j, FN(add)(u, v));
                    /* The zeroth twiddle is one. */
                    FN(store)(lower + j, i == 0 ? difference : FN(mul)(difference, twiddle));
                }
            }
        }
    }
}

void NAME(transform_backward)(void *values, size_t count, size_t width, const void *inverse_twiddles) {
    /* Of one polynomial, the compiler knows that rows have one element. */
    if (width == 1) {
        FN(backward)(values, count, WORDS, inverse_twiddles);
    } else {
        FN(backward)(values, count, WORDS * width, inverse_twiddles);
    }
}

FIELD_INLINE void FN(forward)(uint64_t *rows, size_t count, size_t row, const uint64_t *twiddles) {
    for (size_t length = 1; length < count; length *= 2) {
        for (size_t start = 0; start < count; start += 2 * length) {
            for (size_t i = 0; i < length; i++) {
                uint64_t *upper = rows + row * (start + i), *lower = upper + row * length;
                FE twiddle = FN(load)(twiddles + WORDS * (length + i));
                for (size_t j = 0; j < row; j += WORDS) {
                    FE u = FN(load)(upper + j), v = FN(mul)(FN(load)(lower + j), twiddle);
                    FN(store)(upper + j, FN(add)(u, v));
                    FN(store)(lower + j, FN(sub)(u, v));
                }
            }
        }
    }
}

void NAME(transform_forward)(void *values, size_t count, size_t width, const void *twiddles) {
    if (width == 1) {
        FN(forward)(values, count, WORDS, twiddles);
    } else {
        FN(forward)(values, count, WORDS * width, twiddles);
    }
}

void NAME(accumulate)(uint64_t *sums, const void *coefficient, const void *elements, size_t count) {
    FN(sum) *sum = (FN(sum) *)sums;
    const uint64_t *element = elements;
    FE factor = FN(load)(coefficient);
    for (size_t j = 0; j < count; j++) FN(accumulate)(&sum[j], factor, FN(load)(element + WORDS * j));
}

void NAME(accumulate_bit_checks)(
    uint64_t *sums, const void *coefficient, const void *base, const void *elements, size_t count) {
    FN(sum) *sum = (FN(sum) *)sums;
    const uint64_t *element = elements;
    FE factor = FN(load)(coefficient), power = FN(load)(base), square = FN(mul)(power, power);
    /* Two chains of powers, so that one multiplication need not wait for the other. */
    FE first = FN(mul)(factor, power), second = FN(mul)(factor, square);
    for (size_t j = 0; j < count; j++) {
        FE x = FN(load)(element + WORDS * j);
        FN(accumulate)(&sum[2 * j], first, x);
        FN(accumulate)(&sum[2 * j + 1], factor, x);
        FE next = FN(mul)(first, square);
        first = second;
        second = next;
    }
}

void NAME(reduce_sums)(const uint64_t *sums, size_t count, void *out) {
    const FN(sum) *sum = (const FN(sum) *)sums;
    uint64_t *elements = out;
    for (size_t j = 0; j < count; j++) FN(store)(elements + WORDS * j, FN(sum_reduce)(&sum[j]));
}

size_t NAME(take_canonical)(void *integers, size_t count) {
    uint64_t *elements = integers;
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        FE x = FN(load)(elements + WORDS * i);
        FN(store)(elements + WORDS * taken, FN(from_integer)(x));
        taken += FN(is_canonical)(x);
    }
    return taken;
}

void NAME(encode)(const void *elements, size_t count, uint8_t *out) {
    const uint64_t *element = elements;
    for (size_t i = 0; i < count; i++) {
        uint64_t words[WORDS];
        FN(store)(words, FN(to_integer)(FN(load)(element + WORDS * i)));
        memcpy(out + 8 * WORDS * i, words, 8 * WORDS);
    }
}
