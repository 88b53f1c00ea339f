import Crypto

/// What a segment's secret columns are sealed with, of one place for a segment.
///
/// A file is not sealed with it, but with a key of its own that is derived from it: so no two files ever share a nonce, however
/// often a segment is written.
package struct SegmentKey: Sendable {
    private let key: SymmetricKey

    /// - Parameter key: of 32 bytes, for this place alone.
    package init(_ key: SymmetricKey) { self.key = key }

    /// What a file draws when it is made, in bytes.
    static let saltCount = 16

    static func newSalt() -> [UInt8] { (0..<saltCount).map { _ in UInt8.random(in: .min ... .max) } }

    /// The key of one file.
    func fileKey(salt: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, salt: salt, info: Array("populus segment 1".utf8), outputByteCount: 32)
    }
}

// A key never shows in a description, a log or a failed test.
extension SegmentKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "SegmentKey" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
