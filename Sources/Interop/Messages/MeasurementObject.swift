import PopulusDAP
import PopulusSchemes
import PopulusVDAF

/// A measurement as the test API writes it: a decimal string, an array of them, or an array of Booleans.
package enum MeasurementObject: Decodable, Hashable, Sendable {
    case number(UInt64)
    case numbers([UInt64])
    case booleans([Bool])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // The form tells the kind; what has none of the three forms throws at the last.
        if let booleans = try? container.decode([Bool].self) {
            self = .booleans(booleans)
        } else if let numbers = try? container.decode([DecimalString<UInt64>].self) {
            self = .numbers(numbers.map(\.value))
        } else if let number = try? container.decode(DecimalString<UInt64>.self) {
            self = .number(number.value)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected a string of decimal digits, an array of them, or an array of Booleans")
        }
    }

    /// The measurement in the form that a VDAF takes; whether it is in range is for the VDAF to say.
    package func measurement(for vdaf: VdafConfiguration) throws(InteropError) -> VdafMeasurement {
        switch (vdaf.form, self) {
        case (.number, .number(let number)), (.bucket, .number(let number)): return .integer(number)
        case (.vector, .numbers(let numbers)), (.bits, .numbers(let numbers)): return .vector(numbers)
        case (.bits, .booleans(let booleans)): return .vector(booleans.map { $0 ? 1 : 0 })
        case (.string(let bits), .booleans(let booleans)):
            guard booleans.count == bits else {
                throw .refused("measurement: \(booleans.count) Booleans, and the task's strings have \(bits) bits")
            }
            return .bits(try Self.prefix(booleans))
        // An empty array is one of Booleans as well as one of numbers.
        case (.vector, .booleans([])): return .vector([])
        case (.number, _), (.bucket, _): throw .refused("measurement: this VDAF takes a string of decimal digits")
        case (.vector, _): throw .refused("measurement: this VDAF takes an array of strings of decimal digits")
        case (.bits, _): throw .refused("measurement: this VDAF takes an array of Booleans, or of \"0\" and \"1\"")
        case (.string, _): throw .refused("measurement: this VDAF takes an array of Booleans")
        }
    }

    private static func prefix(_ booleans: [Bool]) throws(InteropError) -> Prefix {
        var bytes = [UInt8](repeating: 0, count: (booleans.count + 7) / 8)
        for (index, isSet) in booleans.enumerated() where isSet {
            bytes[index / 8] |= 0x80 >> UInt8(index % 8)
        }
        do { return try Prefix(bytes: bytes, bitCount: booleans.count) } catch {
            throw .refused("measurement: \(error)")
        }
    }
}
