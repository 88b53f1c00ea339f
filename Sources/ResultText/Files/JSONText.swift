/// JSON in one line, its members in a fixed order, with whole numbers of any size.
package enum JSONText {
    /// An object of members whose values are JSON already.
    package static func object(_ members: [(name: String, value: String)]) -> String {
        "{" + members.map { "\(string($0.name)):\($0.value)" }.joined(separator: ",") + "}"
    }

    package static func array(_ elements: [String]) -> String { "[" + elements.joined(separator: ",") + "]" }

    /// A string of printable text.
    ///
    /// Spec: RFC 8259 §7
    package static func string(_ text: String) -> String {
        var escaped = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped + "\""
    }

    package static func string(_ text: [UInt8]) -> String { string(String(decoding: text, as: UTF8.self)) }

    /// Seconds since the Epoch from `start` to `end`, not included.
    package static func interval(_ start: UInt64, _ end: UInt64) -> String {
        object([("start", "\(start)"), ("end", "\(end)")])
    }
}
