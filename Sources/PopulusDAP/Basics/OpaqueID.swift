import PopulusWireCodec

/// A fixed-length opaque identifier: `opaque ID[16]` or `opaque ID[32]`.
///
/// Kept as big-endian words, so that it takes no allocation and compares like its bytes. In JSON and in URLs it is
/// unpadded base64url.
package protocol OpaqueID: Hashable, Comparable, Sendable, Codable, WireCodable, CustomStringConvertible {
    associatedtype Words: IdentifierWords

    /// The identifier's bytes as big-endian words.
    var words: Words { get }

    init(words: Words)
}

extension OpaqueID {
    /// The identifier's length in bytes.
    package static var byteCount: Int { Words.scalarCount * 8 }

    /// `byteCount` bytes.
    package var bytes: [UInt8] {
        var writer = WireWriter(capacity: Self.byteCount)
        encode(into: &writer)
        return writer.bytes
    }

    /// Fails unless there are exactly `byteCount` bytes.
    package init?(bytes: some Collection<UInt8>) {
        var words = Words()
        let bytes = Array(bytes)
        guard bytes.count == 8 * Words.scalarCount else { return nil }
        for index in 0..<Words.scalarCount {
            var word: UInt64 = 0
            for byte in bytes[(8 * index)..<(8 * index + 8)] { word = word << 8 | UInt64(byte) }
            words[index] = word
        }
        self.init(words: words)
    }

    /// Fails unless the text is the one unpadded base64url encoding of `byteCount` bytes.
    package init?(base64URL text: some StringProtocol) {
        guard let bytes = Base64URL.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    package var base64URL: String { Base64URL.encode(bytes) }

    package var description: String { base64URL }

    /// A fresh identifier from the system's cryptographically secure generator.
    package static func random() -> Self {
        var generator = SystemRandomNumberGenerator()
        var words = Words()
        for index in 0..<Words.scalarCount {
            words[index] = generator.next()
        }
        return Self(words: words)
    }

    package func encode(into writer: inout WireWriter) {
        for index in 0..<Words.scalarCount {
            writer.append(u64: words[index])
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        var words = Words()
        for index in 0..<Words.scalarCount {
            words[index] = try reader.readU64()
        }
        self.init(words: words)
    }

    package static func < (left: Self, right: Self) -> Bool {
        for index in 0..<Words.scalarCount where left.words[index] != right.words[index] {
            return left.words[index] < right.words[index]
        }
        return false
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Self(base64URL: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected \(Self.byteCount) bytes as unpadded base64url")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(base64URL)
    }
}
