import Crypto
import PopulusDAP
import PopulusVDAF
import PopulusWireCodec

/// The randomness of one sum's noise: expanded from the store's key, and the same each time it is asked for.
///
/// The key is drawn from the system's generator with the store. An aggregator that was put back to an earlier state comes to
/// the same noise again: fresh noise for the same sum could be averaged away (rule 9). And sums over other reports get other
/// noise, or their difference would have none: a step's depends on its transcript, a batch's on the share itself.
struct NoiseStream: RandomNumberGenerator {
    private var xof: XofTurboShake128
    private var block: [UInt8] = []
    private var position = 0

    /// One permutation's output.
    private static let blockSize = 168

    private init(key: [UInt8], domain: String, _ binder: WireWriter) throws(VDAFError) {
        xof = try XofTurboShake128(seed: key, dst: Array(domain.utf8), binder: binder.bytes)
    }

    /// The noise of a walk's step.
    ///
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
        try self.init(key: key, domain: "populus walk noise", binder)
    }

    /// The noise of a batch.
    ///
    /// Count and checksum alone would not do: of a few hundred reports there are two sets of one size with one checksum, and a
    /// Leader that has the Helper's store put back could ask for both.
    ///
    /// - Parameters:
    ///   - key: the store's, 32 bytes.
    ///   - parameter: the aggregation parameter, encoded; empty for Prio3.
    ///   - share: the aggregate share without noise, encoded.
    init(
        key: [UInt8], task: TaskID, selector: BatchSelector, parameter: [UInt8], count: UInt64,
        checksum: BatchChecksum, share: [UInt8]
    ) throws(VDAFError) {
        var binder = WireWriter()
        binder.append(task)
        binder.append(selector)
        binder.append(Array(SHA256.hash(data: parameter)))
        binder.append(u64: count)
        binder.append(checksum)
        binder.append(Array(SHA256.hash(data: share)))
        try self.init(key: key, domain: "populus batch noise", binder)
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
