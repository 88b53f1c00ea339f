/// An aggregate result as the test API writes it: a decimal string, or an array of them.
package enum ResultObject: Codable, Hashable, Sendable {
    case number(DecimalString<UInt128>)
    case numbers([DecimalString<UInt128>])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // What is no array throws if it is no number either.
        if let numbers = try? container.decode([DecimalString<UInt128>].self) {
            self = .numbers(numbers)
        } else {
            self = .number(try container.decode(DecimalString<UInt128>.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .numbers(let numbers): try container.encode(numbers)
        }
    }
}
