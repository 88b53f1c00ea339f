/// Bytes that JSON holds as lower-case hexadecimal digits.
package struct Hex: Codable, Hashable, Sendable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let bytes = Self.parse(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not hexadecimal")
        }
        self.bytes = bytes
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(string)
    }

    package var string: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The bytes of `string`, nil unless it is an even number of hexadecimal digits.
    package static func parse(_ string: String) -> [UInt8]? {
        let digits = Array(string.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for i in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[i]), let low = value(digits[i + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Compares bytes that were computed with the bytes of the file.
func expect(_ actual: [UInt8], _ expected: Hex?, _ what: String) throws(KnownAnswerFailure) {
    guard let expected else { throw KnownAnswerFailure("\(what) is missing") }
    guard actual != expected.bytes else { return }
    guard actual.count == expected.bytes.count else {
        throw KnownAnswerFailure("\(what) has \(expected.bytes.count) bytes, computed \(actual.count)")
    }
    let offset = zip(actual, expected.bytes).prefix { $0 == $1 }.count
    throw KnownAnswerFailure("\(what) differs at byte \(offset)")
}

extension Array {
    /// The element at `index`, nil when there is none: files may hold any index.
    func element(_ index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
