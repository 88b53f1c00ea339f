import PopulusVDAF

extension Scheme {
    /// The sum of integers from 0 to `max_measurement`.
    package static let prio3Sum = Scheme(
        type: 0x0000_0002, title: "Prio3Sum", name: "prio3-sum", purpose: "adds numbers",
        parameters: [
            SchemeParameter(
                name: .maxMeasurement, width: .u64, meaning: "the greatest number that is taken, such as 100",
                greatest: { _ in UInt64(SchemeSums.Field.field64.modulus - 1) }, enlargesReports: true)
        ],
        vdaf: { values throws(VDAFError) in try Prio3Sum(maxMeasurement: values[.maxMeasurement]).encoded() },
        form: { .number(maximum: $0[.maxMeasurement]) },
        sums: { SchemeSums(field: .field64, greatestAddend: $0[.maxMeasurement]) },
        // Both numbers are from 0 to the greatest: they differ by that at most.
        squaredSensitivity: { Double($0[.maxMeasurement]) * Double($0[.maxMeasurement]) }, result: .sum)
}

extension VdafConfiguration {
    /// The sum of integers from 0 to `maxMeasurement`.
    package static func prio3Sum(maxMeasurement: UInt64) -> Self {
        Self(.prio3Sum, SchemeValues([.maxMeasurement: maxMeasurement]))
    }
}
