import Crypto
import DAP
import VDAF
import WireCodec

/// The randomness of one step's noise: expanded from the store's key, and the same each time it is asked for.
///
/// An aggregator that was put back to an earlier state comes to the same noise again. Fresh noise for the same sum could be
/// averaged away (rule 9). It depends on the transcript, so that sums over other reports get other noise.
struct NoiseStream: RandomNumberGenerator {
    private var xof: XofTurboShake128
    private var block: [UInt8] = []
    private var position = 0

    /// One permutation's output.
    private static let blockSize = 168

    /// - Parameters:
    ///   - key: the store's, 32 bytes.
    ///   - parameter: the step's aggregation parameter, encoded.
    ///   - transcript: that of all shards after the step, as ``WalkStepTotal`` has it.
    init(key: [UInt8], walk: WalkID, step: UInt16, parameter: [UInt8], transcript: [UInt8]) throws(VDAFError) {
        var binder = WireWriter()
        binder.append(walk)
        binder.append(u16: step)
        binder.append(Array(SHA256.hash(data: parameter)))
        binder.append(transcript)
        xof = try XofTurboShake128(seed: key, dst: Array("populus walk noise".utf8), binder: binder.bytes)
    }

    mutating func next() -> UInt64 {
        if position == block.count {
            block = xof.next(Self.blockSize)
            position = 0
        }
        defer { position += 8 }
        return block[position..<(position + 8)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
