import CPopulusKernels

/// The hash of `XofFixedKeyAes128` under one key: `H(x) = AES128(key, sigma(x)) ^ sigma(x)`.
///
/// Expand the key once a report and hash many blocks a call. Constant-time in the blocks and in the key, though that is
/// public.
///
/// Spec: VDAF §6.2.2.
@usableFromInline
package struct AES128FixedKey: ~Copyable {
    @usableFromInline package let path: ProcessorPath
    /// The round keys, as the path has them.
    @usableFromInline private(set) var schedule = populus_aes128_schedule()

    /// Expands a key of 16 bytes.
    ///
    /// - Precondition: `key.count == 16`.
    package init(_ key: Span<UInt8>, path: ProcessorPath = .current) {
        precondition(key.count == 16, "an AES-128 key has 16 bytes")
        self.path = path
        unsafe key.withUnsafeBufferPointer {
            switch path {
            case .portable: unsafe populus_aes128_expand_portable(&schedule, $0.baseAddress)
            case .neon, .neonSHA3: unsafe populus_aes128_expand_neon(&schedule, $0.baseAddress)
            case .aesni, .avx2, .vaes, .avx512: unsafe populus_aes128_expand_aesni(&schedule, $0.baseAddress)
            }
        }
    }

    /// `output[i] = H(input[i] ^ tweak)`, the tweak in the low word.
    ///
    /// - Precondition: `output.count == input.count`.
    package func hash(_ input: Span<Block>, tweak: UInt64 = 0, into output: inout MutableSpan<Block>) {
        precondition(output.count == input.count)
        unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe hash(input.baseAddress, tweak, output.baseAddress, input.count)
            }
        }
    }

    /// `blocks[i] = H(blocks[i] ^ tweak)`, the tweak in the low word.
    package func hash(inPlace blocks: inout MutableSpan<Block>, tweak: UInt64 = 0) {
        unsafe blocks.withUnsafeMutableBufferPointer { blocks in
            unsafe hash(UnsafePointer(blocks.baseAddress), tweak, blocks.baseAddress, blocks.count)
        }
    }

    /// `output[2i] = H(input[i])` and `output[2i + 1] = H(input[i] ^ 1)`: the first two blocks of each seed's stream.
    ///
    /// - Precondition: `output.count == 2 * input.count`.
    package func hashPairs(_ input: Span<Block>, into output: inout MutableSpan<Block>) {
        precondition(output.count == 2 * input.count)
        unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe withUnsafePointer(to: schedule) { schedule in
                    let (from, to, count) = (input.baseAddress, output.baseAddress, input.count)
                    switch path {
                    case .portable: unsafe populus_aes_hash_pairs_portable(schedule, from, to, count)
                    case .neon, .neonSHA3: unsafe populus_aes_hash_pairs_neon(schedule, from, to, count)
                    // Two seeds a call fill no longer vector.
                    case .aesni, .avx2, .vaes, .avx512: unsafe populus_aes_hash_pairs_aesni(schedule, from, to, count)
                    }
                }
            }
        }
    }

    private func hash(
        _ input: UnsafePointer<Block>?, _ tweak: UInt64, _ output: UnsafeMutablePointer<Block>?, _ count: Int
    ) {
        unsafe withUnsafePointer(to: schedule) { schedule in
            switch path {
            case .portable: unsafe populus_aes_hash_portable(schedule, input, tweak, output, count)
            case .neon, .neonSHA3: unsafe populus_aes_hash_neon(schedule, input, tweak, output, count)
            case .aesni, .avx2: unsafe populus_aes_hash_aesni(schedule, input, tweak, output, count)
            case .vaes: unsafe populus_aes_hash_vaes(schedule, input, tweak, output, count)
            case .avx512: unsafe populus_aes_hash_avx512(schedule, input, tweak, output, count)
            }
        }
    }
}
