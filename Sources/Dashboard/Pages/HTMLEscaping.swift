import Mustache

/// How a value becomes text of HTML, or a quoted attribute's.
///
/// The templates' own escaping looks at characters as people see them: a quotation mark with an accent over it is one, and no
/// quotation mark. A browser sees the mark first, and ends the attribute there. So bytes are looked at here. The five signs
/// are ASCII, and no byte of another sign is.
///
/// Spec: HTML Standard §13.1.2.3, §13.1.2.4
struct HTMLEscaping: MustacheContentType {
    /// The name that each template begins with.
    static let name = "DASHBOARD"

    func escapeText(_ text: String) -> String {
        guard text.utf8.contains(where: { Self.entity($0) != nil }) else { return text }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count + 32)
        for byte in text.utf8 {
            if let entity = Self.entity(byte) { escaped += entity.utf8 } else { escaped.append(byte) }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static func entity(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}
