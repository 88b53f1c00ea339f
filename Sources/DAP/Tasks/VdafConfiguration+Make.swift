import VDAF

extension VdafConfiguration {
    /// The VDAF, ready to work on encoded values.
    ///
    /// - Throws: `.parameterOutOfRange` for parameters that define no VDAF.
    package func makeVdaf() throws(VDAFError) -> any EncodedVdaf {
        switch self {
        case .poplar1(let bits): return try Poplar1(bits: Int(bits)).encoded()
        case .prio3Count, .prio3Sum, .prio3SumVec, .prio3Histogram, .prio3MultihotCountVec:
            throw .parameterOutOfRange("vdaf_type", allowed: "poplar1")
        }
    }
}
