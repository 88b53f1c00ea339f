import Crypto
import PopulusWireCodec

/// The XOR of the SHA-256 hashes of a batch's report IDs: `opaque checksum[32]`.
///
/// It detects accidents, not malice: whoever picks report IDs can make two sets collide.
///
/// Spec: DAP §4.5.4.3
package struct BatchChecksum: Hashable, Sendable, WireCodable {
    package private(set) var words: FourWords

    /// The checksum of no report.
    package init() {
        words = FourWords()
    }

    package init(of reportIDs: some Sequence<ReportID>) {
        self.init()
        for reportID in reportIDs {
            add(reportID)
        }
    }

    /// Fails unless there are 32 bytes.
    package init?(bytes: [UInt8]) {
        // Their number is the only thing that can be wrong.
        guard let value = try? BatchChecksum(decoding: bytes) else { return nil }
        self = value
    }

    package var bytes: [UInt8] { encoded() }

    /// Adds a report, or takes it out again.
    package mutating func add(_ reportID: ReportID) {
        var reader = WireReader(Array(SHA256.hash(data: reportID.bytes)))
        for index in 0..<4 {
            // SHA-256 has the 32 bytes that are read.
            words[index] ^= (try? reader.readU64()) ?? 0
        }
    }

    /// Adds the reports of another part of the batch.
    package mutating func merge(_ other: BatchChecksum) {
        words ^= other.words
    }

    package func encode(into writer: inout WireWriter) {
        for index in 0..<4 {
            writer.append(u64: words[index])
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init()
        for index in 0..<4 {
            words[index] = try reader.readU64()
        }
    }
}
