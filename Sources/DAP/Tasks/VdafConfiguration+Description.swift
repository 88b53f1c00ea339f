extension VdafConfiguration {
    /// The name that `--vdaf` takes.
    package var name: String {
        switch self {
        case .prio3Count: "prio3-count"
        case .prio3Sum: "prio3-sum"
        case .prio3SumVec: "prio3-sumvec"
        case .prio3Histogram: "prio3-histogram"
        case .prio3MultihotCountVec: "prio3-multihot"
        case .poplar1: "poplar1"
        }
    }
}

extension VdafConfiguration: CustomStringConvertible {
    /// The name and the parameters, for people.
    package var description: String {
        switch self {
        case .prio3Count: name
        case .prio3Sum(let maxMeasurement): "\(name), 0 to \(maxMeasurement)"
        case .prio3SumVec(let length, let maxMeasurement, let chunkLength):
            "\(name), length \(length), 0 to \(maxMeasurement), chunk length \(chunkLength)"
        case .prio3Histogram(let length, let chunkLength): "\(name), length \(length), chunk length \(chunkLength)"
        case .prio3MultihotCountVec(let length, let chunkLength, let maxWeight):
            "\(name), length \(length), at most \(maxWeight) set, chunk length \(chunkLength)"
        case .poplar1(let bits): "\(name), \(bits) bits"
        }
    }
}
