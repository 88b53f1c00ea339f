import CPopulusKernels

/// TurboSHAKE128: absorb, finish with the domain separation byte, squeeze.
///
/// Constant-time in the data. Spec: RFC 9861 §2.2.
package struct TurboShake128: Sendable {
    /// Bytes a permutation yields.
    package static let rate = Int(POPULUS_TURBOSHAKE128_RATE)

    private var sponge = populus_turboshake128()

    package init(path: ProcessorPath = .current) { sponge.path = path.keccak }

    /// Absorbs `bytes`; not after `finish`.
    package mutating func absorb(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer {
            unsafe populus_turboshake128_absorb(&sponge, $0.baseAddress, $0.count)
        }
    }

    /// Absorbs the first `byteCount` bytes of `word`, the lowest first; not after `finish`.
    ///
    /// - Precondition: `0 <= byteCount`, `byteCount <= 8`.
    package mutating func absorb(_ word: UInt64, byteCount: Int) {
        precondition((0...8).contains(byteCount))
        unsafe withUnsafeBytes(of: word.littleEndian) {
            unsafe populus_turboshake128_absorb(
                &sponge, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), byteCount)
        }
    }

    /// Ends absorption with `domain`, in `[0x01, 0x7f]`.
    package mutating func finish(domain: UInt8) {
        precondition((1...0x7f).contains(domain))
        unsafe populus_turboshake128_finish(&sponge, domain)
    }

    /// Fills `output` with the next bytes of the stream; only after `finish`.
    package mutating func squeeze(into output: inout MutableSpan<UInt8>) {
        unsafe output.withUnsafeMutableBufferPointer {
            unsafe populus_turboshake128_squeeze(&sponge, $0.baseAddress, $0.count)
        }
    }

    /// Writes the next `count` bytes of the stream into `output` from `offset` on; only after `finish`.
    mutating func squeeze(into output: UnsafeMutableRawBufferPointer, at offset: Int, count: Int) {
        precondition(offset >= 0 && offset + count <= output.count)
        unsafe populus_turboshake128_squeeze(
            &sponge, output.baseAddress?.advanced(by: offset).assumingMemoryBound(to: UInt8.self), count)
    }

    /// The next `count` bytes of the stream; only after `finish`.
    package mutating func squeeze(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            unsafe populus_turboshake128_squeeze(&sponge, buffer.baseAddress, count)
            initialized = count
        }
    }

    /// Hashes messages of one length, laid end to end, into outputs of one length, laid end to end.
    ///
    /// - Precondition: `messages.count == count * messageLength`, `output.count == count * outputLength`.
    package static func hash(
        _ messages: Span<UInt8>, messageLength: Int, domain: UInt8, into output: inout MutableSpan<UInt8>,
        outputLength: Int, count: Int, path: ProcessorPath = .current
    ) {
        precondition(count >= 0 && messages.count == count * messageLength && output.count == count * outputLength)
        unsafe messages.withUnsafeBufferPointer { messages in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe populus_turboshake128_batch(
                    path.keccak, messages.baseAddress, messageLength, domain, output.baseAddress, outputLength, count)
            }
        }
    }
}
