import PopulusDAP

extension CSVWriter {
    /// The value with every byte that is no part of printable UTF-8 as `\xNN` and a backslash doubled.
    package static func escaped(_ value: [UInt8]) -> [UInt8] {
        escaped(value, guardingCells: false)
    }

    /// - Parameter guardingCells: whether a sign that begins a formula is escaped too where it follows a comma or a
    ///   semicolon, also behind spaces and quotation marks: who splits a cell there makes it the first sign of another.
    static func escaped(_ value: [UInt8], guardingCells: Bool) -> [UInt8] {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(value.count)
        var beginsCell = false
        for part in ForeignTextParts(value) {
            let isFormula = guardingCells && beginsCell && formulaSigns.contains { part.bytes.elementsEqual($0) }
            if part.bytes.first == UInt8(ascii: "\\") {
                escaped += "\\\\".utf8
            } else if part.isShown, !isFormula {
                escaped += part.bytes
            } else {
                part.bytes.forEach { escaped += ForeignText.hexEscape($0).utf8 }
            }
            switch part.scalar {
            case ",", ";": beginsCell = true
            case " ", "\"": break
            default: beginsCell = false
            }
        }
        return escaped
    }

    /// The bytes that `escaped` was made of; nil if it holds a backslash that begins no escape.
    package static func unescaped(_ escaped: [UInt8]) -> [UInt8]? {
        var value: [UInt8] = []
        var rest = escaped[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                value.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\\"):
                value.append(byte)
            case UInt8(ascii: "x"):
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                guard rest.count >= 2, let byte = UInt8(digits, radix: 16) else { return nil }
                value.append(byte)
                rest = rest.dropFirst(2)
            default:
                return nil
            }
        }
        return value
    }
}
