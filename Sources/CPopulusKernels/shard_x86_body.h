/*
 * The client's streams and its IDPF in one go, included once for each instruction set: TARGET says which, SHARD and STORE
 * name the functions, XOR, XOR3, CHI and ROL are what a round of Keccak does to four lanes. No include guard for this
 * reason. Private to this folder.
 */

/*
 * One round over four states, in place, with room for BETWEEN(1) to BETWEEN(9): theta, rho and pi into B, chi and iota back
 * into A. Lane (x, y) is number x + 5 y.
 */
#define KECCAK_ROUND(RC, BETWEEN)                                                                            \
    do {                                                                                                     \
        __m256i C[5], D[5], B[25];                                                                           \
        for (int x = 0; x < 5; x++)                                                                          \
            C[x] = XOR3(XOR3(A[x], A[x + 5], A[x + 10]), A[x + 15], A[x + 20]);                              \
        BETWEEN(1, C[4]);  \
        for (int x = 0; x < 5; x++) D[x] = XOR(C[(x + 4) % 5], ROL(C[(x + 1) % 5], 1));                      \
        BETWEEN(2, D[4]);  \
        B[0] = XOR(A[0], D[0]);            B[1] = ROL(XOR(A[6], D[1]), 44);                                  \
        B[2] = ROL(XOR(A[12], D[2]), 43);  B[3] = ROL(XOR(A[18], D[3]), 21);                                 \
        B[4] = ROL(XOR(A[24], D[4]), 14);                                                                    \
        BETWEEN(3, B[4]);  \
        B[5] = ROL(XOR(A[3], D[3]), 28);   B[6] = ROL(XOR(A[9], D[4]), 20);                                  \
        B[7] = ROL(XOR(A[10], D[0]), 3);   B[8] = ROL(XOR(A[16], D[1]), 45);                                 \
        B[9] = ROL(XOR(A[22], D[2]), 61);                                                                    \
        BETWEEN(4, B[9]);  \
        B[10] = ROL(XOR(A[1], D[1]), 1);   B[11] = ROL(XOR(A[7], D[2]), 6);                                  \
        B[12] = ROL(XOR(A[13], D[3]), 25); B[13] = ROL(XOR(A[19], D[4]), 8);                                 \
        B[14] = ROL(XOR(A[20], D[0]), 18);                                                                   \
        BETWEEN(5, B[14]);  \
        B[15] = ROL(XOR(A[4], D[4]), 27);  B[16] = ROL(XOR(A[5], D[0]), 36);                                 \
        B[17] = ROL(XOR(A[11], D[1]), 10); B[18] = ROL(XOR(A[17], D[2]), 15);                                \
        B[19] = ROL(XOR(A[23], D[3]), 56);                                                                   \
        BETWEEN(6, B[19]);  \
        B[20] = ROL(XOR(A[2], D[2]), 62);  B[21] = ROL(XOR(A[8], D[3]), 55);                                 \
        B[22] = ROL(XOR(A[14], D[4]), 39); B[23] = ROL(XOR(A[15], D[0]), 41);                                \
        B[24] = ROL(XOR(A[21], D[1]), 2);                                                                    \
        BETWEEN(7, B[24]);  \
        CHI_ROW(0); CHI_ROW(5);                                                                                                \
        BETWEEN(8, A[9]);  \
        CHI_ROW(10); CHI_ROW(15);                                                                                            \
        BETWEEN(9, A[19]);  \
        CHI_ROW(20);                                                                                         \
        A[0] = XOR(A[0], _mm256_set1_epi64x((long long)(RC)));                                               \
    } while (0)

#define CHI_ROW(y)                                                                                           \
    for (int x = 0; x < 5; x++) A[y + x] = CHI(B[y + x], B[y + (x + 1) % 5], B[y + (x + 2) % 5])

#define NOTHING(i, lane) (void)0
/* The compiler would rather have all of AES in one place: what is in flight is tied to what lies around it. */
#define AES(i, lane)                                                                                         \
    do {                                                                                                     \
        __asm__ volatile("" : "+x"(h.y[0]), "+x"(h.y[1]), "+x"(h.y[2]), "+x"(h.y[3]), "+x"(lane));           \
        shard_hash_round(&h, i);                                                                             \
        __asm__ volatile("" : "+x"(h.y[0]), "+x"(h.y[1]), "+x"(h.y[2]), "+x"(h.y[3]), "+x"(lane));           \
    } while (0)

/* A block of each lane. */
__attribute__((target(TARGET))) static inline void STORE(const __m256i A[25], size_t count, uint8_t *out, size_t stride) {
    uint64_t words[4][24];
    for (int i = 0; i < 24; i += 4) {
        __m256i ab0 = _mm256_unpacklo_epi64(A[i], A[i + 1]), ab1 = _mm256_unpackhi_epi64(A[i], A[i + 1]);
        __m256i cd0 = _mm256_unpacklo_epi64(A[i + 2], A[i + 3]), cd1 = _mm256_unpackhi_epi64(A[i + 2], A[i + 3]);
        _mm256_storeu_si256((__m256i *)(words[0] + i), _mm256_permute2x128_si256(ab0, cd0, 0x20));
        _mm256_storeu_si256((__m256i *)(words[1] + i), _mm256_permute2x128_si256(ab1, cd1, 0x20));
        _mm256_storeu_si256((__m256i *)(words[2] + i), _mm256_permute2x128_si256(ab0, cd0, 0x31));
        _mm256_storeu_si256((__m256i *)(words[3] + i), _mm256_permute2x128_si256(ab1, cd1, 0x31));
    }
    for (size_t i = 0; i < count; i++) memcpy(out + stride * i, words[i], RATE);
}

__attribute__((target(TARGET))) static void SHARD(
    populus_turboshake128 *sponges, size_t count, uint8_t *out, size_t stride, size_t blocks,
    const populus_idpf_generation *generation, populus_idpf_path *path) {
    uint64_t words[25][4];
    __m256i A[25];
    memset(words, 0, sizeof words);
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < 25; k++) words[k][i] = sponges[i].lanes[k];
    for (int k = 0; k < 25; k++) A[k] = _mm256_loadu_si256((const __m256i *)words[k]);
    shard_path p;
    shard_path_begin(&p, generation, path);
    for (size_t block = 0; block < blocks; block++) {
        for (int round = 0; round < 12; round += 2) {
            if (p.level < generation->levels) {
                shard_hash h;
                shard_hash_begin(&h, p.extend, p.seed);
                KECCAK_ROUND(round_constants[round], AES);
                shard_hash_end(&h);
                shard_path_extend(&p, &h);
                shard_hash_begin(&h, p.convert, p.seed);
                KECCAK_ROUND(round_constants[round + 1], AES);
                shard_hash_end(&h);
                shard_path_convert(&p, &h);
            } else {
                KECCAK_ROUND(round_constants[round], NOTHING);
                KECCAK_ROUND(round_constants[round + 1], NOTHING);
            }
        }
        STORE(A, count, out + RATE * block, stride);
    }
    while (p.level < generation->levels) shard_path_level(&p);
    shard_path_end(&p, path);
    for (int k = 0; k < 25; k++) _mm256_storeu_si256((__m256i *)words[k], A[k]);
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < 25; k++) sponges[i].lanes[k] = words[k][i];
        sponges[i].offset = RATE;
    }
}

#undef KECCAK_ROUND
#undef CHI_ROW
#undef NOTHING
#undef AES
#undef TARGET
#undef SHARD
#undef STORE
#undef XOR
#undef XOR3
#undef CHI
#undef ROL
