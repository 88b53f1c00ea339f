import PopulusVDAF

extension Scheme {
    /// The sum of vectors of `length` integers from 0 to `max_measurement`.
    package static let prio3SumVec = Scheme(
        type: 0x0000_0003, title: "Prio3SumVec", name: "prio3-sumvec", purpose: "adds vectors of numbers",
        parameters: [
            SchemeParameter(
                name: .length, width: .u32, meaning: "how many numbers a measurement has, such as 10",
                enlargesReports: true),
            SchemeParameter(
                name: .maxMeasurement, width: .u64, meaning: "the greatest number that is taken, such as 255",
                enlargesReports: true),
            .chunkLength { $0[.length] * SchemeParameter.bitLength($0[.maxMeasurement]) },
        ],
        vdaf: { values throws(VDAFError) in
            try Prio3SumVec(
                length: values.count(.length), maxMeasurement: values[.maxMeasurement],
                chunkLength: values.count(.chunkLength)
            ).encoded()
        },
        form: { .vector(length: $0.count(.length), maximum: $0[.maxMeasurement]) },
        sums: { SchemeSums(field: .field128, greatestAddend: $0[.maxMeasurement]) },
        // Each number differs by the greatest at most.
        squaredSensitivity: {
            Double($0[.length]) * Double($0[.maxMeasurement]) * Double($0[.maxMeasurement])
        },
        result: .chart(label: "index", number: "sum", note: .mean))
}

extension VdafConfiguration {
    /// The sum of vectors of `length` integers from 0 to `maxMeasurement`.
    package static func prio3SumVec(length: UInt32, maxMeasurement: UInt64, chunkLength: UInt32) -> Self {
        Self(
            .prio3SumVec,
            SchemeValues([
                .length: UInt64(length), .maxMeasurement: maxMeasurement, .chunkLength: UInt64(chunkLength),
            ]))
    }
}
