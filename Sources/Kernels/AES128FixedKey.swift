import CKernels

/// The hash of `XofFixedKeyAes128` under one key: `H(x) = AES128(key, sigma(x)) ^ sigma(x)`.
///
/// Expand the key once a report and hash many blocks a call. The key is public; constant-time in the blocks.
///
/// Spec: VDAF §6.2.2.
@safe @usableFromInline
package struct AES128FixedKey: ~Copyable {
    @usableFromInline package let path: ProcessorPath
    /// The round keys, for the paths with AES instructions.
    @usableFromInline private(set) var schedule = populus_aes128_schedule()
    /// libcrypto's context, on the portable path alone.
    private let context: UnsafeMutableRawPointer?

    /// Expands a key of 16 bytes.
    ///
    /// - Precondition: `key.count == 16`.
    package init(_ key: Span<UInt8>, path: ProcessorPath = .current) {
        precondition(key.count == 16, "an AES-128 key has 16 bytes")
        self.path = path
        switch path {
        case .portable:
            unsafe context = key.withUnsafeBufferPointer { unsafe populus_evp_aes128_new($0.baseAddress) }
            guard unsafe context != nil else { fatalError("libcrypto gives no AES-128 context") }
        default:
            unsafe context = nil
            unsafe key.withUnsafeBufferPointer { unsafe populus_aes128_expand(&schedule, $0.baseAddress) }
        }
    }

    deinit {
        if let context = unsafe context { unsafe populus_evp_aes128_free(context) }
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
                switch path {
                case .portable:
                    require(
                        unsafe populus_aes_hash_pairs_evp(context, input.baseAddress, output.baseAddress, input.count))
                case .neon, .neonSHA3:
                    unsafe withUnsafePointer(to: schedule) {
                        unsafe populus_aes_hash_pairs_neon($0, input.baseAddress, output.baseAddress, input.count)
                    }
                default:
                    unsafe withUnsafePointer(to: schedule) {
                        unsafe populus_aes_hash_pairs_aesni($0, input.baseAddress, output.baseAddress, input.count)
                    }
                }
            }
        }
    }

    private func hash(
        _ input: UnsafePointer<Block>?, _ tweak: UInt64, _ output: UnsafeMutablePointer<Block>?, _ count: Int
    ) {
        switch path {
        case .portable: require(unsafe populus_aes_hash_evp(context, input, tweak, output, count))
        case .neon, .neonSHA3:
            unsafe withUnsafePointer(to: schedule) { unsafe populus_aes_hash_neon($0, input, tweak, output, count) }
        case .vaes:
            unsafe withUnsafePointer(to: schedule) { unsafe populus_aes_hash_vaes($0, input, tweak, output, count) }
        case .avx512:
            unsafe withUnsafePointer(to: schedule) { unsafe populus_aes_hash_avx512($0, input, tweak, output, count) }
        default:
            unsafe withUnsafePointer(to: schedule) { unsafe populus_aes_hash_aesni($0, input, tweak, output, count) }
        }
    }

    private func require(_ succeeded: Bool) {
        guard succeeded else { fatalError("libcrypto refuses to encrypt") }
    }
}
