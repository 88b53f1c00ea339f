extension VdafConfiguration {
    /// The moduli of the fields.
    ///
    /// Spec: VDAF §6.1.4
    private static let field64: UInt128 = 0xFFFF_FFFF_0000_0001
    private static let field128: UInt128 = (4_611_686_018_427_387_897 << 66) + 1

    /// The modulus of the field that aggregates are in; for Poplar1 that of the inner levels, the smaller one.
    package var aggregateModulus: UInt128 {
        switch self {
        case .prio3Count, .prio3Sum, .poplar1: Self.field64
        case .prio3SumVec, .prio3Histogram, .prio3MultihotCountVec: Self.field128
        }
    }

    /// The most that one report adds to a number of the aggregate.
    package var greatestAddend: UInt64 {
        switch self {
        case .prio3Sum(let maximum), .prio3SumVec(_, let maximum, _): maximum
        case .prio3Count, .prio3Histogram, .prio3MultihotCountVec, .poplar1: 1
        }
    }

    /// The most reports whose sum is below the field's modulus, whatever they hold.
    ///
    /// The sum of more may be known by its remainder only, which is another number.
    package var greatestReportCount: UInt64 {
        UInt64(clamping: (aggregateModulus - 1) / UInt128(max(1, greatestAddend)))
    }

    /// The greatest `--max` with which so many reports stay below the modulus.
    package func greatestMaximum(forReports count: UInt64) -> UInt64 {
        UInt64(clamping: (aggregateModulus - 1) / UInt128(max(1, count)))
    }
}
