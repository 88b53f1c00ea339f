// An instance for each circuit, with its identifier.

/// For known answers alone.
package typealias Prio3HigherDegree = Prio3<HigherDegree>

extension Prio3 where Circuit == Count {
    /// - Throws: `.parameterOutOfRange`.
    package init(shares: Int = 2) throws(VDAFError) {
        try self.init(id: Prio3Count.id, circuit: Count(), shares: shares)
    }
}

extension Prio3 where Circuit == Sum {
    /// - Throws: `.parameterOutOfRange`.
    package init(maxMeasurement: UInt64, shares: Int = 2) throws(VDAFError) {
        try self.init(id: Prio3Sum.id, circuit: Sum(maxMeasurement: maxMeasurement), shares: shares)
    }
}

extension Prio3 where Circuit == SumVec<Field128> {
    /// - Throws: `.parameterOutOfRange`.
    package init(length: Int, maxMeasurement: UInt64, chunkLength: Int, shares: Int = 2) throws(VDAFError) {
        let circuit = try SumVec<Field128>(length: length, maxMeasurement: maxMeasurement, chunkLength: chunkLength)
        try self.init(id: Prio3SumVec.id, circuit: circuit, shares: shares)
    }
}

extension Prio3 where Circuit == SumVec<Field64> {
    /// - Throws: `.parameterOutOfRange`.
    package init(
        proofs: Int, length: Int, maxMeasurement: UInt64, chunkLength: Int, shares: Int = 2
    ) throws(VDAFError) {
        let circuit = try SumVec<Field64>(length: length, maxMeasurement: maxMeasurement, chunkLength: chunkLength)
        try self.init(id: Prio3SumVecWithMultiproof.id, circuit: circuit, proofs: proofs, shares: shares)
    }
}

extension Prio3 where Circuit == Histogram {
    /// - Throws: `.parameterOutOfRange`.
    package init(length: Int, chunkLength: Int, shares: Int = 2) throws(VDAFError) {
        try self.init(
            id: Prio3Histogram.id, circuit: Histogram(length: length, chunkLength: chunkLength), shares: shares)
    }
}

extension Prio3 where Circuit == MultihotCountVec {
    /// - Throws: `.parameterOutOfRange`.
    package init(length: Int, maxWeight: UInt64, chunkLength: Int, shares: Int = 2) throws(VDAFError) {
        let circuit = try MultihotCountVec(length: length, maxWeight: maxWeight, chunkLength: chunkLength)
        try self.init(id: Prio3MultihotCountVec.id, circuit: circuit, shares: shares)
    }
}

extension Prio3 where Circuit == HigherDegree {
    /// - Throws: `.parameterOutOfRange`.
    package init(shares: Int = 2) throws(VDAFError) {
        try self.init(id: 0xffff_ffff, circuit: HigherDegree(), shares: shares)
    }
}
