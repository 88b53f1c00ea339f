import KnownAnswers

/// JSON laid out as the official vectors are: four spaces, sorted keys, one element a line.
indirect enum JSONText {
    case null
    case bool(Bool)
    case int(Int)
    case unsigned(UInt64)
    case string(String)
    case array([JSONText])
    case object([String: JSONText])

    static func hex(_ hex: Hex) -> JSONText { .string(hex.string) }
    static func hexes(_ hexes: [Hex]) -> JSONText { .array(hexes.map(hex)) }

    /// The whole file, with a line end at the end.
    var file: String {
        var text = ""
        write(to: &text, indent: 0)
        return text + "\n"
    }

    private func write(to text: inout String, indent: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += "\(value)"
        case .unsigned(let value): text += "\(value)"
        case .string(let value): text += "\"\(value)\""
        case .array(let elements):
            Self.write(elements.map { ("", $0) }, "[", "]", to: &text, indent: indent)
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }.map { ("\"\($0.key)\": ", $0.value) }
            Self.write(sorted, "{", "}", to: &text, indent: indent)
        }
    }

    private static func write(
        _ items: [(label: String, value: JSONText)], _ open: String, _ close: String, to text: inout String, indent: Int
    ) {
        guard !items.isEmpty else {
            text += open + close
            return
        }
        text += open
        for (i, item) in items.enumerated() {
            text += (i == 0 ? "\n" : ",\n") + String(repeating: " ", count: indent + 4) + item.label
            item.value.write(to: &text, indent: indent + 4)
        }
        text += "\n" + String(repeating: " ", count: indent) + close
    }
}
