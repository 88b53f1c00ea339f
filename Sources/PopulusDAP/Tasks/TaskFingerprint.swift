import Crypto

/// A task's ID, configuration and Collector in brief, for people of two organisations to compare.
///
/// The SHA-256 hash of ``prefix``, the task ID, the encoded `TaskConfiguration` and the Collector's encoded `HpkeConfig`.
/// Who has the same fingerprint has the same task, whose results the same party can open; see <doc:TaskFingerprint>.
package struct TaskFingerprint: Hashable, Sendable, CustomStringConvertible {
    /// What the hash begins with, so that it is the hash of nothing else.
    package static let prefix = "populus task fingerprint 2\n"

    /// The hash: 32 bytes.
    package let bytes: [UInt8]

    package init(taskID: TaskID, configuration: TaskConfiguration, collector: HpkeConfig) {
        let task = taskID.bytes + configuration.encoded()
        bytes = Array(SHA256.hash(data: Array(Self.prefix.utf8) + task + collector.encoded()))
    }

    /// The first 160 bits as eight groups of four characters, such as `mzxw 6ytb …`: base32 in lower case.
    ///
    /// Spec: RFC 4648 §6
    package var description: String { Self.groups(bytes[..<20]) }

    /// Bytes, a multiple of five, as groups of four characters.
    package static func groups(_ bytes: ArraySlice<UInt8>) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        var text = ""
        for start in stride(from: bytes.startIndex, to: bytes.endIndex - 4, by: 5) {
            let group = bytes[start..<start + 5].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            for position in 0..<8 {
                if position % 4 == 0, !text.isEmpty { text.append(" ") }
                text.append(alphabet[Int(group >> (35 - 5 * UInt64(position)) & 31)])
            }
        }
        return text
    }
}
