/*
 * The bulk hash with AES on vectors, included once for each width. Private to this folder; no include guard. HASH is the
 * function, TARGET its instruction set, WIDTH the blocks of a vector, V(name) an intrinsic, and the rest those whose names
 * differ. What does not fill a vector goes to the AES-NI path.
 */

/* Vectors in flight: 32 blocks of 512 bits, 16 of 256. */
#define FLIGHT 8

__attribute__((target(TARGET), always_inline)) static inline void IN_FLIGHT(
    const __m128i *keys, const uint8_t *in, VECTOR tweak, uint8_t *out, int vectors) {
    VECTOR s[FLIGHT], x[FLIGHT], key = BROADCAST(_mm_load_si128(keys));
    for (int j = 0; j < vectors; j++) {
        VECTOR block = V(xor)(LOAD(in + 16 * WIDTH * j), tweak);
        /* Words (lo, hi) become (hi, hi ^ lo). */
        s[j] = V(xor)(SHUFFLE(block, 0x4e), V(and)(block, BROADCAST(_mm_set_epi64x(-1, 0))));
        x[j] = V(xor)(s[j], key);
    }
    for (int round = 1; round < 10; round++) {
        key = BROADCAST(_mm_load_si128(keys + round));
        for (int j = 0; j < vectors; j++) x[j] = AESENC(x[j], key);
    }
    key = BROADCAST(_mm_load_si128(keys + 10));
    for (int j = 0; j < vectors; j++) STORE(out + 16 * WIDTH * j, V(xor)(AESENCLAST(x[j], key), s[j]));
}

__attribute__((target(TARGET))) void HASH(
    const populus_aes128_schedule *schedule, const void *input, uint64_t tweak, void *output, size_t count) {
    const __m128i *keys = (const __m128i *)schedule->bytes;
    const uint8_t *in = input;
    uint8_t *out = output;
    VECTOR t = BROADCAST(_mm_set_epi64x(0, (long long)tweak));
    size_t i = 0;
    for (; i + WIDTH * FLIGHT <= count; i += WIDTH * FLIGHT) IN_FLIGHT(keys, in + 16 * i, t, out + 16 * i, FLIGHT);
    for (; i + WIDTH <= count; i += WIDTH) IN_FLIGHT(keys, in + 16 * i, t, out + 16 * i, 1);
    populus_aes_hash_aesni(schedule, in + 16 * i, tweak, out + 16 * i, count - i);
}

#undef FLIGHT
#undef HASH
#undef IN_FLIGHT
#undef TARGET
#undef WIDTH
#undef VECTOR
#undef V
#undef BROADCAST
#undef SHUFFLE
#undef LOAD
#undef STORE
#undef AESENC
#undef AESENCLAST
