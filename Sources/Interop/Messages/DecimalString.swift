/// An integer that JSON carries as a string in base 10, as the draft wants it for everything that belongs to a VDAF.
package struct DecimalString<Value: FixedWidthInteger & Sendable>: Codable, Hashable, Sendable {
    package let value: Value

    package init(_ value: Value) {
        self.value = value
    }

    /// Takes digits only, and no more than fit.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let isDecimal = !text.isEmpty && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard isDecimal, let value = Value(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a string of decimal digits, at most \(Value.max)")
        }
        self.value = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(String(value))
    }
}
