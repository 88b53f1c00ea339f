import Crypto

/// What two aggregators share for all tasks that requests bring: `verify_key_init`, of which each task's verification key is made.
///
/// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3.4
package struct VerifyKeySeed: Sendable {
    /// Its length in bytes.
    package static let byteCount = 32

    package let bytes: [UInt8]

    /// Fails unless there are exactly 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// A fresh one from the system's cryptographically secure generator.
    package static func random() -> VerifyKeySeed {
        VerifyKeySeed(drawn: SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
    }

    private init(drawn bytes: [UInt8]) { self.bytes = bytes }

    /// The verification key of a task: HKDF with SHA-256, the salt `SHA-256("dap-taskprov")`, and the task's ID as info.
    ///
    /// - Parameter size: the VDAF's `VERIFY_KEY_SIZE`, in bytes.
    ///
    /// Spec: RFC 5869
    package func verifyKey(for task: TaskID, size: Int) -> [UInt8] {
        let pseudorandom = HKDF<SHA256>.extract(
            inputKeyMaterial: SymmetricKey(data: bytes),
            salt: Array(SHA256.hash(data: Array("dap-taskprov".utf8))))
        return HKDF<SHA256>.expand(pseudoRandomKey: pseudorandom, info: task.bytes, outputByteCount: size)
            .withUnsafeBytes { Array($0) }
    }
}

// A secret never shows in a description, a log or a failed test.
extension VerifyKeySeed: CustomStringConvertible, CustomReflectable {
    package var description: String { "VerifyKeySeed" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
