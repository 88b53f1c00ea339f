import Crypto
import PopulusWireCodec

/// The running hash over all that the two aggregators must have in common before a step of a shard.
///
/// ```
/// T_0 = SHA-256("populus walk initial" || task_id || job_id || SHA-256(AggregationJobInitReq)
///               || SHA-256(agg_param of step 0) || uint32 report_count || accepted bitmap)
/// E_k = SHA-256("populus walk evaluate" || T_(k-1) || uint16 k || SHA-256(agg_param of step k))
/// T_k = SHA-256("populus walk verdict" || E_k || verdict bitmap)
/// ```
///
/// Spec: <doc:WalkExtension>
package struct WalkTranscript: Hashable, Sendable, WireCodable, CustomStringConvertible {
    private let words: FourWords

    /// After step 0 has been committed.
    ///
    /// - Parameters:
    ///   - initRequestDigest: SHA-256 of the body of the `AggregationJobInitReq`, 32 bytes.
    ///   - reportCount: the number of reports in that request.
    ///   - acceptedBitmap: ceil(`reportCount` / 8) bytes; report i is bit i mod 8 of byte i / 8 from the least
    ///     significant; 1 means accepted; unused bits are zero.
    package static func initial(
        taskID: TaskID, jobID: AggregationJobID, initRequestDigest: [UInt8], aggregationParameter: [UInt8],
        reportCount: UInt32, acceptedBitmap: [UInt8]
    ) -> WalkTranscript {
        var hash = SHA256()
        hash.update(data: Array("populus walk initial".utf8))
        hash.update(data: taskID.bytes)
        hash.update(data: jobID.bytes)
        hash.update(data: initRequestDigest)
        hash.update(data: Array(SHA256.hash(data: aggregationParameter)))
        hash.update(data: bigEndian(UInt64(reportCount), byteCount: 4))
        hash.update(data: acceptedBitmap)
        return WalkTranscript(hash.finalize())
    }

    /// `E_k`, from `T_(k-1)`: what both messages of step k's first exchange and the verdict request carry.
    package func evaluating(step: UInt16, aggregationParameter: [UInt8]) -> WalkTranscript {
        var hash = SHA256()
        hash.update(data: Array("populus walk evaluate".utf8))
        hash.update(data: bytes)
        hash.update(data: WalkTranscript.bigEndian(UInt64(step), byteCount: 2))
        hash.update(data: Array(SHA256.hash(data: aggregationParameter)))
        return WalkTranscript(hash.finalize())
    }

    /// `T_k`, from `E_k`: what the verdict response carries.
    ///
    /// - Parameter verdicts: the bytes of the verdict bitmap as they are on the wire.
    package func committing(verdicts: [UInt8]) -> WalkTranscript {
        var hash = SHA256()
        hash.update(data: Array("populus walk verdict".utf8))
        hash.update(data: bytes)
        hash.update(data: verdicts)
        return WalkTranscript(hash.finalize())
    }

    /// 32 bytes.
    package var bytes: [UInt8] { encoded() }

    /// Fails unless there are 32 bytes.
    package init?(bytes: [UInt8]) {
        // Their number is the only thing that can be wrong.
        guard let value = try? WalkTranscript(decoding: bytes) else { return nil }
        self = value
    }

    package var description: String { Base64URL.encode(bytes) }

    package func encode(into writer: inout WireWriter) {
        for index in 0..<4 {
            writer.append(u64: words[index])
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        var words = FourWords()
        for index in 0..<4 {
            words[index] = try reader.readU64()
        }
        self.words = words
    }

    private init(_ digest: SHA256.Digest) {
        var words = FourWords()
        for (index, byte) in digest.enumerated() {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
        self.words = words
    }

    private static func bigEndian(_ value: UInt64, byteCount: Int) -> [UInt8] {
        (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }
}
