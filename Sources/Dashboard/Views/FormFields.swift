/// What a form sent, or a query: names with their values, as `application/x-www-form-urlencoded` has them.
///
/// Spec: URL Standard §5.1
package struct FormFields: Hashable, Sendable {
    private let pairs: [Pair]

    private struct Pair: Hashable, Sendable {
        let name: [UInt8]
        let value: [UInt8]
    }

    /// - Parameter bytes: a body, or what follows the question mark of an address.
    package init(_ bytes: some Sequence<UInt8>) {
        pairs = Array(bytes).split(separator: UInt8(ascii: "&")).map { field in
            let end = field.firstIndex(of: UInt8(ascii: "=")) ?? field.endIndex
            return Pair(name: Self.decoded(field[..<end]), value: Self.decoded(field[end...].dropFirst()))
        }
    }

    /// The bytes of the first field of a name; they may be no UTF-8.
    package func bytes(_ name: String) -> [UInt8]? {
        pairs.first { $0.name.elementsEqual(name.utf8) }?.value
    }

    /// The first field of a name, if it is UTF-8.
    package subscript(name: String) -> String? {
        bytes(name).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private static func decoded(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(digit),
                let low = rest.dropFirst().first.flatMap(digit)
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// A value as it stands in a query: letters, digits and `-._` as they are, all else as `%NN`.
    package static func encoded(_ value: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in value {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                text.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
