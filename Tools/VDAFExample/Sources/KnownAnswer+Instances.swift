import PopulusVDAF

extension KnownAnswer {
    /// Checks the answer with the VDAF of that name, as the names of the specification's files have it.
    ///
    /// - Returns: False for a name that is no VDAF of PopulusVDAF.
    func check(_ name: String) throws -> Bool {
        switch name {
        case "Poplar1":
            try run(Poplar1(bits: given(bits)), { $0.bits.map { Prefix(bits: $0) } }) {
                .numbers($0.map { UInt64(clamping: $0) })
            }
        case "Prio3Count": try run(Prio3Count(shares: shares), \.number) { .number(UInt64(clamping: $0)) }
        case "Prio3Sum":
            try run(Prio3Sum(maxMeasurement: given(max_measurement), shares: shares), \.number) {
                .number(UInt64(clamping: $0))
            }
        case "Prio3SumVec":
            let vdaf = try Prio3SumVec(
                length: given(length), maxMeasurement: given(max_measurement), chunkLength: given(chunk_length),
                shares: shares)
            try run(vdaf, \.numbers, Self.numbers)
        case "Prio3SumVecWithMultiproof":
            // The official files have three proofs and do not say so.
            let vdaf = try Prio3SumVecWithMultiproof(
                proofs: proofs ?? 3, length: given(length), maxMeasurement: given(max_measurement),
                chunkLength: given(chunk_length), shares: shares)
            try run(vdaf, \.numbers, Self.numbers)
        case "Prio3Histogram":
            let vdaf = try Prio3Histogram(length: given(length), chunkLength: given(chunk_length), shares: shares)
            try run(vdaf, \.number, Self.numbers)
        case "Prio3MultihotCountVec":
            let vdaf = try Prio3MultihotCountVec(
                length: given(length), maxWeight: given(max_weight), chunkLength: given(chunk_length), shares: shares)
            try run(vdaf, \.bits, Self.numbers)
        default: return false
        }
        return true
    }

    private func run<V: Vdaf>(
        _ vdaf: V, _ measurement: @escaping (Value) -> V.Measurement?, _ result: @escaping (V.AggregateResult) -> Value
    ) throws {
        var run = KnownAnswerRun(self, vdaf, measurement: measurement, result: result)
        try run.check()
    }

    private static func numbers(_ result: [UInt128]) -> Value { .numbers(result.map { UInt64(clamping: $0) }) }

    private func given<T>(_ parameter: T?) throws -> T {
        guard let parameter else { throw Failure("a parameter of the instance is missing") }
        return parameter
    }
}

extension Value {
    var number: UInt64? { if case .number(let number) = self { number } else { nil } }
    var numbers: [UInt64]? { if case .numbers(let numbers) = self { numbers } else { nil } }
    var bits: [Bool]? { if case .bits(let bits) = self { bits } else { nil } }
}
