/// Takes a media type's text apart.
///
/// Spec: RFC 9110 §5.6.2 (tokens), §5.6.4 (quoted strings)
struct MediaTypeScanner {
    private let text: [UInt8]
    private var index = 0

    init(_ text: String) {
        self.text = Array(text.utf8)
    }

    var isAtEnd: Bool { index == text.count }

    func peek(_ character: Unicode.Scalar) -> Bool {
        index < text.count && text[index] == UInt8(ascii: character)
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek(character) else { return false }
        index += 1
        return true
    }

    mutating func skipSpace() {
        while peek(" ") || peek("\t") {
            index += 1
        }
    }

    /// One or more token characters.
    mutating func token() -> String? {
        let start = index
        while index < text.count, Self.isTokenCharacter(text[index]) {
            index += 1
        }
        return index > start ? String(decoding: text[start..<index], as: UTF8.self) : nil
    }

    /// A token or a quoted string, the latter without its quotes and backslashes.
    mutating func value() -> String? {
        guard skip("\"") else { return token() }
        var content: [UInt8] = []
        while index < text.count {
            if skip("\"") { return String(decoding: content, as: UTF8.self) }
            if skip("\\"), isAtEnd { return nil }
            content.append(text[index])
            index += 1
        }
        return nil
    }

    /// Whether a text is one or more token characters, and nothing else.
    static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { isTokenCharacter($0) } }

    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
