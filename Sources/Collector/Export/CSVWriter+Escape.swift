extension CSVWriter {
    /// The value with every byte that is no part of printable UTF-8 as `\xNN` and a backslash doubled.
    package static func escaped(_ value: [UInt8]) -> [UInt8] {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(value.count)
        var rest = value[...]
        while let first = rest.first {
            let scalar = firstScalar(of: rest)
            let length = scalar.map { UTF8.width($0) } ?? 1
            if first == UInt8(ascii: "\\") {
                escaped += [first, first]
            } else if let scalar, isPrintable(scalar) {
                escaped += rest.prefix(length)
            } else {
                rest.prefix(length).forEach { escaped += hexEscape($0) }
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

    /// The scalar that the bytes begin with; nil if they begin with something that is not UTF-8.
    private static func firstScalar(of bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
        return scalar
    }

    /// Whether a reader sees the scalar, or it is a plain space.
    ///
    /// Controls, formats (which may turn the direction of a line), unassigned and private scalars are not printable,
    /// nor are separators other than the space.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    private static func hexEscape(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
