/// How many measurements are 1.
///
/// Spec: VDAF §7.4.1.
package typealias Prio3Count = Prio3<Count>

/// The sum of integers.
///
/// Spec: VDAF §7.4.2.
package typealias Prio3Sum = Prio3<Sum>

/// The sum of vectors of integers.
///
/// Spec: VDAF §7.4.3.
package typealias Prio3SumVec = Prio3<SumVec<Field128>>

/// Prio3SumVec over the smaller field, with several proofs to make up for it: an experiment of the specification's
/// vectors, with an identifier for private use.
///
/// Spec: VDAF §7.1.2.
package typealias Prio3SumVecWithMultiproof = Prio3<SumVec<Field64>>

/// How many measurements are in each bucket.
///
/// Spec: VDAF §7.4.4.
package typealias Prio3Histogram = Prio3<Histogram>

/// How many measurements, of a limited number of ones each, have a one at each place.
///
/// Spec: VDAF §7.4.5.
package typealias Prio3MultihotCountVec = Prio3<MultihotCountVec>

/// For known answers alone.
package typealias Prio3HigherDegree = Prio3<HigherDegree>

extension Prio3 where Circuit == Count {
    /// - Throws: `.parameterOutOfRange`.
    package init(shares: Int = 2) throws(VDAFError) { try self.init(id: 1, circuit: Count(), shares: shares) }
}

extension Prio3 where Circuit == Sum {
    /// - Throws: `.parameterOutOfRange`.
    package init(maxMeasurement: UInt64, shares: Int = 2) throws(VDAFError) {
        try self.init(id: 2, circuit: Sum(maxMeasurement: maxMeasurement), shares: shares)
    }
}

extension Prio3 where Circuit == SumVec<Field128> {
    /// - Throws: `.parameterOutOfRange`.
    package init(length: Int, maxMeasurement: UInt64, chunkLength: Int, shares: Int = 2) throws(VDAFError) {
        let circuit = try SumVec<Field128>(length: length, maxMeasurement: maxMeasurement, chunkLength: chunkLength)
        try self.init(id: 3, circuit: circuit, shares: shares)
    }
}

extension Prio3 where Circuit == SumVec<Field64> {
    /// - Throws: `.parameterOutOfRange`.
    package init(
        proofs: Int, length: Int, maxMeasurement: UInt64, chunkLength: Int, shares: Int = 2
    ) throws(VDAFError) {
        let circuit = try SumVec<Field64>(length: length, maxMeasurement: maxMeasurement, chunkLength: chunkLength)
        try self.init(id: 0xffff_ffff, circuit: circuit, proofs: proofs, shares: shares)
    }
}

extension Prio3 where Circuit == Histogram {
    /// - Throws: `.parameterOutOfRange`.
    package init(length: Int, chunkLength: Int, shares: Int = 2) throws(VDAFError) {
        try self.init(id: 4, circuit: Histogram(length: length, chunkLength: chunkLength), shares: shares)
    }
}

extension Prio3 where Circuit == MultihotCountVec {
    /// - Throws: `.parameterOutOfRange`.
    package init(length: Int, maxWeight: UInt64, chunkLength: Int, shares: Int = 2) throws(VDAFError) {
        let circuit = try MultihotCountVec(length: length, maxWeight: maxWeight, chunkLength: chunkLength)
        try self.init(id: 5, circuit: circuit, shares: shares)
    }
}

extension Prio3 where Circuit == HigherDegree {
    /// - Throws: `.parameterOutOfRange`.
    package init(shares: Int = 2) throws(VDAFError) {
        try self.init(id: 0xffff_ffff, circuit: HigherDegree(), shares: shares)
    }
}
