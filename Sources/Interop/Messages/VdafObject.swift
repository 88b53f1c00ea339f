import DAP

/// The VDAF of a task with its parameters, as the test API writes it.
///
/// The draft knows `bits` for Prio3Sum and Prio3SumVec, whose measurements were below 2^`bits`. VDAF-20 has a greatest
/// measurement instead: `max_measurement`, or `max`, which goes before `bits`.
package struct VdafObject: Decodable, Hashable, Sendable {
    package let type: String
    let length: DecimalString<UInt32>?
    let chunkLength: DecimalString<UInt32>?
    let bits: DecimalString<UInt16>?
    let maxMeasurement: DecimalString<UInt64>?
    let max: DecimalString<UInt64>?
    let maxWeight: DecimalString<UInt64>?

    private enum CodingKeys: String, CodingKey {
        case type, length, bits, max
        case chunkLength = "chunk_length"
        case maxMeasurement = "max_measurement"
        case maxWeight = "max_weight"
    }

    /// - Throws: `refused` for a type that is not known, and where a parameter is missing or out of range.
    package func configuration() throws(InteropError) -> VdafConfiguration {
        switch type {
        case "Prio3Count":
            return .prio3Count
        case "Prio3Sum":
            return .prio3Sum(maxMeasurement: try greatestMeasurement())
        case "Prio3SumVec":
            return .prio3SumVec(
                length: try positive(length, "length"), maxMeasurement: try greatestMeasurement(),
                chunkLength: try positive(chunkLength, "chunk_length"))
        case "Prio3Histogram":
            return .prio3Histogram(
                length: try positive(length, "length"), chunkLength: try positive(chunkLength, "chunk_length"))
        case "Prio3MultihotCountVec":
            return .prio3MultihotCountVec(
                length: try positive(length, "length"), chunkLength: try positive(chunkLength, "chunk_length"),
                maxWeight: try positive(maxWeight, "max_weight"))
        case "Poplar1":
            return .poplar1(bits: try positive(bits, "bits"))
        default:
            throw .refused(
                "vdaf.type: \(type.prefix(80)) is not supported; there are Prio3Count, Prio3Sum, Prio3SumVec, "
                    + "Prio3Histogram, Prio3MultihotCountVec and Poplar1")
        }
    }

    private func greatestMeasurement() throws(InteropError) -> UInt64 {
        if let given = maxMeasurement ?? max { return try positive(given, "max_measurement") }
        guard let bits = bits?.value else { throw .refused("vdaf: \(type) needs max_measurement, or bits") }
        guard (1...63).contains(bits) else { throw .refused("vdaf.bits is 1 to 63 for \(type)") }
        return 1 << UInt64(bits) - 1
    }

    private func positive<Value>(_ number: DecimalString<Value>?, _ name: String) throws(InteropError) -> Value {
        guard let value = number?.value else { throw .refused("vdaf: \(type) needs \(name)") }
        guard value > 0 else { throw .refused("vdaf.\(name) is at least 1") }
        return value
    }
}
