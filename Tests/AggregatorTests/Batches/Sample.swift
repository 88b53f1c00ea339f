import PopulusDAP
import PopulusSchemes
import PopulusVDAF
import Testing

/// A VDAF with measurements, and what they come to.
struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    let vdaf: VdafConfiguration
    let measurements: [VdafMeasurement]
    var parameter: [UInt8] = []
    let result: VdafResult

    var testDescription: String { name }

    static let prio3: [Sample] = [
        Sample(
            name: "Count", vdaf: .prio3Count, measurements: [1, 0, 1, 1, 0, 1, 1].map { .integer($0) },
            result: .number(5)),
        Sample(
            name: "Sum", vdaf: .prio3Sum(maxMeasurement: 1000),
            measurements: [1, 1000, 20, 0, 7, 3, 5].map { .integer($0) }, result: .number(1036)),
        Sample(
            name: "SumVec", vdaf: .prio3SumVec(length: 3, maxMeasurement: 7, chunkLength: 2),
            measurements: [[1, 2, 3], [7, 0, 7], [0, 0, 1], [1, 1, 1], [4, 5, 6], [0, 0, 0]].map { .vector($0) },
            result: .vector([13, 8, 18])),
        Sample(
            name: "Histogram", vdaf: .prio3Histogram(length: 4, chunkLength: 2),
            measurements: [0, 1, 1, 3, 3, 3].map { .integer($0) }, result: .vector([1, 2, 0, 3])),
        Sample(
            name: "MultihotCountVec", vdaf: .prio3MultihotCountVec(length: 4, chunkLength: 2, maxWeight: 2),
            measurements: [[1, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]
                .map { .vector($0) },
            result: .vector([2, 3, 1, 2])),
    ]

    static let count = prio3[0]

    /// Prefixes of four bits, 0x3 and 0xA among them; one level of Poplar1 each, an inner one and the leaf.
    static let poplar1: [Sample] = [poplar1(atLevel: 3), poplar1(atLevel: 7)]

    private static func poplar1(atLevel level: Int) -> Sample {
        func bits(_ value: Int) -> Prefix { Prefix(bits: (0..<8).map { value >> (7 - $0) & 1 == 1 }) }
        let values = [0x31, 0x3F, 0xA5, 0x31, 0x77, 0xA5, 0xA5]
        let candidates = (level == 3 ? [0x30, 0xA0, 0xF0] : [0x31, 0xA5, 0xA6]).map { bits($0).ancestor(level: level) }
        let counts: [UInt128] = level == 3 ? [3, 3, 0] : [2, 3, 0]
        let parameter = try? Poplar1AggregationParameter(level: level, prefixes: candidates)
        return Sample(
            name: "Poplar1 at level \(level)", vdaf: .poplar1(bits: 8), measurements: values.map { .bits(bits($0)) },
            parameter: parameter?.encode() ?? [], result: .vector(counts))
    }

    static let all = prio3 + poplar1

    static let modes: [BatchMode] = [.timeInterval, .leaderSelected]
}
