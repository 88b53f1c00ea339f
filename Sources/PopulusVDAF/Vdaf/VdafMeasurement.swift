/// A measurement of any VDAF.
///
/// Count, Sum and Histogram take `integer` (a histogram's is the bucket, counted from 0), SumVec and MultihotCountVec
/// `vector` (of zeros and ones for the latter), Poplar1 `bits`.
package enum VdafMeasurement: Hashable, Sendable {
    case integer(UInt64)
    case vector([UInt64])
    case bits(Prefix)
}

extension VdafMeasurement: CustomStringConvertible, CustomReflectable {
    /// The kind alone: measurements are secret.
    package var description: String {
        switch self {
        case .integer: "integer"
        case .vector: "vector"
        case .bits: "bits"
        }
    }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// An aggregate result of any VDAF.
///
/// Count and Sum give `number`; SumVec, Histogram, MultihotCountVec and Poplar1 give `vector`, one number an element,
/// a bucket or a candidate prefix. Wide enough for every sum that the fields can hold.
package enum VdafResult: Hashable, Sendable {
    case number(UInt128)
    case vector([UInt128])
}
