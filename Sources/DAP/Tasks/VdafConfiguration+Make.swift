import VDAF

extension VdafConfiguration {
    /// The VDAF, ready to work on encoded values.
    ///
    /// - Throws: `.parameterOutOfRange` for parameters that define no VDAF, or one too large for this machine.
    package func makeVdaf() throws(VDAFError) -> any EncodedVdaf {
        switch self {
        case .prio3Count:
            return try Prio3Count().encoded()
        case .prio3Sum(let maxMeasurement):
            return try Prio3Sum(maxMeasurement: maxMeasurement).encoded()
        case .prio3SumVec(let length, let maxMeasurement, let chunkLength):
            return try Prio3SumVec(
                length: Int(length), maxMeasurement: maxMeasurement, chunkLength: Int(chunkLength)
            ).encoded()
        case .prio3Histogram(let length, let chunkLength):
            return try Prio3Histogram(length: Int(length), chunkLength: Int(chunkLength)).encoded()
        case .prio3MultihotCountVec(let length, let chunkLength, let maxWeight):
            return try Prio3MultihotCountVec(
                length: Int(length), maxWeight: maxWeight, chunkLength: Int(chunkLength)
            ).encoded()
        case .poplar1(let bits):
            return try Poplar1(bits: Int(bits)).encoded()
        }
    }
}
