import PopulusVDAF

extension VdafVector {
    /// Runs the vector as one of the VDAF that a file is named after; nil when that is none.
    static func runner(for algorithm: some StringProtocol) -> ((VdafVector) throws -> Void)? {
        switch algorithm {
        case "Poplar1": { try $0.check(Poplar1(bits: $0.parameter(.bits))) }
        case "Prio3Count": { try $0.check(Prio3Count(shares: $0.shares)) }
        case "Prio3Sum": { try $0.check(Prio3Sum(maxMeasurement: $0.unsigned(.maxMeasurement), shares: $0.shares)) }
        case "Prio3SumVec":
            {
                try $0.check(
                    Prio3SumVec(
                        length: $0.parameter(.length), maxMeasurement: $0.unsigned(.maxMeasurement),
                        chunkLength: $0.parameter(.chunkLength), shares: $0.shares))
            }
        case "Prio3SumVecWithMultiproof":
            {
                // The official vectors have three proofs and do not say so.
                try $0.check(
                    Prio3SumVecWithMultiproof(
                        proofs: $0.parameters["proofs"] ?? 3, length: $0.parameter(.length),
                        maxMeasurement: $0.unsigned(.maxMeasurement), chunkLength: $0.parameter(.chunkLength),
                        shares: $0.shares))
            }
        case "Prio3Histogram":
            {
                try $0.check(
                    Prio3Histogram(
                        length: $0.parameter(.length), chunkLength: $0.parameter(.chunkLength), shares: $0.shares))
            }
        case "Prio3MultihotCountVec":
            {
                try $0.check(
                    Prio3MultihotCountVec(
                        length: $0.parameter(.length), maxWeight: $0.unsigned(.maxWeight),
                        chunkLength: $0.parameter(.chunkLength), shares: $0.shares))
            }
        case "Prio3HigherDegree": { try $0.check(Prio3HigherDegree(shares: $0.shares)) }
        default: nil
        }
    }

    private func check(_ vdaf: some RunTimeVdaf) throws {
        var run = try VdafRun(self, vdaf)
        try run.check()
    }

    private func parameter(_ key: ParameterKeys) throws -> Int {
        guard let value = parameters[key.rawValue] else { throw KnownAnswerFailure("\(key.rawValue) is missing") }
        return value
    }

    private func unsigned(_ key: ParameterKeys) throws -> UInt64 {
        guard let value = UInt64(exactly: try parameter(key)) else {
            throw KnownAnswerFailure("\(key.rawValue) is negative")
        }
        return value
    }
}
