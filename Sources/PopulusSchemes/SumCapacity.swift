extension SchemeSums.Field {
    /// The field's modulus.
    ///
    /// Spec: VDAF §6.1.4
    package var modulus: UInt128 {
        switch self {
        case .field64: 0xFFFF_FFFF_0000_0001
        case .field128: (4_611_686_018_427_387_897 << 66) + 1
        }
    }
}

extension VdafConfiguration {
    package var sums: SchemeSums { scheme.sums(values) }

    /// The square of how far the replacement of one measurement moves an aggregate in the Euclidean norm.
    package var squaredSensitivity: Double { scheme.squaredSensitivity(values) }

    /// The most that one report adds to a number of the aggregate.
    package var greatestAddend: UInt64 { sums.greatestAddend }

    /// The most reports whose sum is below the field's modulus, whatever they hold.
    ///
    /// The sum of more may be known by its remainder only, which is another number.
    package var greatestReportCount: UInt64 { quotient(greatestAddend) }

    /// The most reports whose sum stays below half of the modulus, whatever they hold, with so much noise up or down: above
    /// the half a sum stands for a negative number.
    package func greatestReportCount(noise: UInt64) -> UInt64 {
        let half = sums.field.modulus / 2
        return UInt64(clamping: (half - min(half, UInt128(noise))) / UInt128(max(1, greatestAddend)))
    }

    /// The greatest measurement with which the sum of so many reports stays below the modulus.
    package func greatestMaximum(forReports count: UInt64) -> UInt64 { quotient(count) }

    /// The same with so much noise up or down: the sum stays below half of the modulus.
    package func greatestMaximum(forReports count: UInt64, noise: UInt64) -> UInt64 {
        let half = sums.field.modulus / 2
        return UInt64(clamping: (half - min(half, UInt128(noise))) / UInt128(max(1, count)))
    }

    private func quotient(_ divisor: UInt64) -> UInt64 {
        UInt64(clamping: (sums.field.modulus - 1) / UInt128(max(1, divisor)))
    }
}
