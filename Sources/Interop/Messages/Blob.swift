import PopulusDAP

/// Bytes that JSON carries as base64url.
///
/// The draft does not say whether there is padding: none is written, and whole padding is taken.
package struct Blob: Codable, Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let bytes = Base64URL.decode(Self.withoutPadding(text)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected base64url")
        }
        self.bytes = bytes
    }

    private static func withoutPadding(_ text: String) -> Substring {
        guard text.utf8.count.isMultiple(of: 4) else { return text[...] }
        return text.hasSuffix("==") ? text.dropLast(2) : text.hasSuffix("=") ? text.dropLast() : text[...]
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Base64URL.encode(bytes))
    }
}
