import Crypto
import Foundation

/// A key that a store's data key is sealed with: 32 bytes that its operator keeps apart from the store.
package struct SealKey: Sendable {
    /// What it is called where it may be known which one is meant: it follows from the key, and the key does not from it.
    package let id: String
    private let key: SymmetricKey

    /// Bytes of a key.
    package static let count = 32

    /// - Parameter bytes: 32 from a good generator; nothing comes of any other number.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.count else { return nil }
        key = SymmetricKey(data: bytes)
        let name = Self.derive(key, "populus seal key id 1", count: 8)
        id = name.withUnsafeBytes { $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    }

    /// What it seals data keys with.
    var wrapping: SymmetricKey { Self.derive(key, "populus seal key wrap 1", count: 32) }

    private static func derive(_ key: SymmetricKey, _ use: String, count: Int) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array(use.utf8), outputByteCount: count)
    }
}

// A key never shows in a description, a log or a failed test.
extension SealKey: CustomStringConvertible, CustomReflectable {
    package var description: String { "SealKey(\(id))" }
    package var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}

/// The seal keys that an operator gives: the first one seals, and every one opens.
package struct SealKeys: Sendable {
    /// At least one, and none twice.
    package let all: [SealKey]

    package var first: SealKey { all[0] }

    /// Nothing where there is no key.
    package init?(_ keys: [SealKey]) {
        var known: Set<String> = []
        all = keys.filter { known.insert($0.id).inserted }
        guard !all.isEmpty else { return nil }
    }

    /// The key of a name.
    func key(_ id: String) -> SealKey? { all.first { $0.id == id } }

    /// Reads keys: one a line, 32 bytes in Base64 of either alphabet; empty lines and those that begin with `#` say nothing.
    ///
    /// - Returns: nothing where a line is no key; which one is not said, since it may be one with a slip.
    package static func keys(in text: String) -> [SealKey]? {
        var keys: [SealKey] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let word = line.trimmingCharacters(in: .whitespaces)
            guard !word.isEmpty, !word.hasPrefix("#") else { continue }
            guard let key = key(word) else { return nil }
            keys.append(key)
        }
        return keys
    }

    private static func key(_ word: String) -> SealKey? {
        let plain = word.replacing("-", with: "+").replacing("_", with: "/").replacing("=", with: "")
        let padded = plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)
        return Data(base64Encoded: padded).flatMap { SealKey([UInt8]($0)) }
    }
}
