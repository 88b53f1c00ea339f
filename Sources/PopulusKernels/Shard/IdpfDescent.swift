import CPopulusKernels

/// Key generation of the IDPF at its inner levels, in C: both servers' nodes on the way down the path of an input.
///
/// Constant-time in the input and the seeds.
///
/// Spec: VDAF §8.3 (`gen`).
@usableFromInline
package struct IdpfDescent: Sendable {
    /// The nodes' seeds.
    @usableFromInline package internal(set) var seeds: InlineArray<2, Block>
    /// The nodes' control bits, 0 or 1.
    @usableFromInline package internal(set) var controls: (UInt64, UInt64)
    /// Draws of Field64 at or above it are redrawn.
    @usableFromInline let bound: UInt64

    package init(seeds: InlineArray<2, Block>, controls: (UInt64, UInt64), bound: UInt64) {
        self.seeds = seeds
        self.controls = controls
        self.bound = bound
    }

    /// Whether this machine has the code, and `extend` and `convert` are keys for it.
    @usableFromInline
    package static func isPossible(
        extend: borrowing AES128FixedKey, convert: borrowing AES128FixedKey
    ) -> Bool {
        #if arch(x86_64)
        extend.path != .portable && convert.path != .portable
        #else
        false
        #endif
    }

    /// Goes down a level for each of `negated`, and writes an entry a level.
    ///
    /// - Parameters:
    ///   - alpha: the input, its first bit the most significant of the first byte.
    ///   - controls: bit 0 for the left child, bit 1 for the right one.
    ///   - values: two elements of Field64 each, to which `ShardKernels.add` is yet to add.
    ///   - negated: whether the value is to be negated, 0 or 1.
    /// - Precondition: `isPossible`; there is room.
    @inlinable package mutating func descend<Value: BitwiseCopyable>(
        along alpha: [UInt8], extend: borrowing AES128FixedKey, convert: borrowing AES128FixedKey,
        seeds: inout [Block], controls: inout [UInt8], values: inout [Value], negated: inout [UInt8]
    ) {
        unsafe withArguments(alpha, extend, convert, &seeds, &controls, &values, &negated) { generation, path in
            unsafe populus_idpf_generate_aesni(&generation, &path)
        }
    }

    /// The same, and squeezes `streams` besides: the one waits for results while the other keeps the processor busy.
    @inlinable package mutating func descend<Value: BitwiseCopyable>(
        along alpha: [UInt8], extend: borrowing AES128FixedKey, convert: borrowing AES128FixedKey,
        seeds: inout [Block], controls: inout [UInt8], values: inout [Value], negated: inout [UInt8],
        squeezing streams: inout TurboShake128Lanes
    ) {
        unsafe withArguments(alpha, extend, convert, &seeds, &controls, &values, &negated) { generation, path in
            unsafe streams.squeeze { sponges, count, blocks, stride, blockCount in
                unsafe populus_shard(
                    ProcessorPath.current.rawValue, sponges, count, blocks, stride, blockCount, &generation, &path)
            }
        }
    }

    @inlinable
    mutating func withArguments<Value: BitwiseCopyable>(
        _ alpha: [UInt8], _ extend: borrowing AES128FixedKey, _ convert: borrowing AES128FixedKey,
        _ seedWords: inout [Block], _ controlWords: inout [UInt8], _ values: inout [Value], _ negated: inout [UInt8],
        _ body: (inout populus_idpf_generation, inout populus_idpf_path) -> Void
    ) {
        let (levels, bound) = (negated.count, bound)
        precondition(Self.isPossible(extend: extend, convert: convert), "no code for this machine")
        precondition(MemoryLayout<Value>.stride == 16 && values.count >= levels && alpha.count >= (levels + 7) / 8)
        precondition(seedWords.count >= levels && controlWords.count >= levels)
        var end = populus_idpf_path(
            seeds: (seeds[0].low, seeds[0].high, seeds[1].low, seeds[1].high), controls: controls)
        unsafe withUnsafePointer(to: extend.schedule) { extend in
            unsafe withUnsafePointer(to: convert.schedule) { convert in
                unsafe alpha.withUnsafeBufferPointer { alpha in
                    unsafe Self.withPointers(to: &seedWords, &controlWords, &values, &negated) {
                        seeds, controls, values, negated in
                        var generation = unsafe populus_idpf_generation(
                            extend: extend, convert: convert, alpha: alpha.baseAddress, levels: levels, bound: bound,
                            seed_cw: seeds, control_cw: controls, value_cw: values, negated: negated)
                        unsafe body(&generation, &end)
                    }
                }
            }
        }
        seeds = [Block(low: end.seeds.0, high: end.seeds.1), Block(low: end.seeds.2, high: end.seeds.3)]
        controls = end.controls
    }

    @inlinable
    static func withPointers<Value>(
        to seeds: inout [Block], _ controls: inout [UInt8], _ values: inout [Value], _ negated: inout [UInt8],
        _ body: (
            _ seeds: UnsafeMutableRawPointer?, _ controls: UnsafeMutablePointer<UInt8>?,
            _ values: UnsafeMutableRawPointer?, _ negated: UnsafeMutablePointer<UInt8>?
        ) -> Void
    ) {
        unsafe seeds.withUnsafeMutableBytes { seeds in
            unsafe controls.withUnsafeMutableBufferPointer { controls in
                unsafe values.withUnsafeMutableBytes { values in
                    unsafe negated.withUnsafeMutableBufferPointer { negated in
                        unsafe body(seeds.baseAddress, controls.baseAddress, values.baseAddress, negated.baseAddress)
                    }
                }
            }
        }
    }
}
