import DAP

extension CSVWriter {
    /// The value with every byte that is no part of printable UTF-8 as `\xNN` and a backslash doubled.
    package static func escaped(_ value: [UInt8]) -> [UInt8] {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(value.count)
        var rest = value[...]
        while let first = rest.first {
            let (scalar, length) = ForeignText.firstScalar(of: rest)
            if first == UInt8(ascii: "\\") {
                escaped += [first, first]
            } else if let scalar, ForeignText.isPrintable(scalar) {
                escaped += rest.prefix(length)
            } else {
                rest.prefix(length).forEach { escaped += Array(ForeignText.hexEscape($0).utf8) }
            }
            rest = rest.dropFirst(length)
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
