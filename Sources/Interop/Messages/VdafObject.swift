import PopulusDAP
import PopulusSchemes

/// The VDAF of a task with its parameters, as the test API writes it.
///
/// The draft knows `bits` for Prio3Sum and Prio3SumVec, whose measurements were below 2^`bits`. VDAF-20 has a greatest
/// measurement instead: `max_measurement`, or `max`, which goes before `bits`.
package struct VdafObject: Decodable, Hashable, Sendable {
    package let type: String
    private let numbers: [String: UInt64]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        type = try container.decode(String.self, forKey: Key(stringValue: "type"))
        var numbers: [String: UInt64] = [:]
        for name in SchemeParameter.Name.allCases.map(\.rawValue) + ["max"] {
            let number = try container.decodeIfPresent(DecimalString<UInt64>.self, forKey: Key(stringValue: name))
            numbers[name] = number?.value
        }
        self.numbers = numbers
    }

    /// - Throws: `refused` for a type that is not known, and where a parameter is missing or out of range.
    package func configuration() throws(InteropError) -> VdafConfiguration {
        guard let scheme = Schemes.scheme(title: type) else {
            let titles = Schemes.all.map(\.title)
            throw .refused(
                "vdaf.type: \(type.prefix(80)) is not supported; there are "
                    + "\(titles.dropLast().joined(separator: ", ")) and \(titles.last ?? "")")
        }
        var values = SchemeValues()
        for parameter in scheme.parameters { values[parameter.name] = try value(of: parameter) }
        return VdafConfiguration(scheme, values)
    }

    private func value(of parameter: SchemeParameter) throws(InteropError) -> UInt64 {
        let name = parameter.name.rawValue
        var given = numbers[name]
        if parameter.name == .maxMeasurement {
            given = given ?? numbers["max"]
            if given == nil {
                guard let bits = numbers["bits"] else { throw .refused("vdaf: \(type) needs max_measurement, or bits") }
                guard (1...63).contains(bits) else { throw .refused("vdaf.bits is 1 to 63 for \(type)") }
                given = 1 << bits - 1
            }
        }
        guard let given else { throw .refused("vdaf: \(type) needs \(name)") }
        guard given > 0 else { throw .refused("vdaf.\(name) is at least 1") }
        guard given <= parameter.width.greatest else {
            throw .refused("vdaf.\(name) is at most \(parameter.width.greatest)")
        }
        return given
    }
}
