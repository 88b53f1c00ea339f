// Random events whose probabilities are exact.
//
// The standard library may draw its numbers in another way one day. An aggregator that is put back to an earlier state and
// runs with a new toolchain would then add fresh noise to the same sum, and the two could be averaged. So what is drawn is
// written out here; words are used as the standard library of Swift 6.3 uses them.
extension RandomNumberGenerator {
    /// A number in `[0, bound)`, each with the same probability.
    ///
    /// Spec: Lemire, "Fast Random Integer Generation in an Interval" (2019)
    ///
    /// - Parameter bound: at least 1.
    @inlinable package mutating func uniform(below bound: UInt64) -> UInt64 {
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let surplus = (0 &- bound) % bound
            while product.low < surplus { product = next().multipliedFullWidth(by: bound) }
        }
        return product.high
    }

    /// A number in `[0, bound)`, each with the same probability, from two words each; the first is the low one.
    @inlinable package mutating func uniform(below bound: UInt128) -> UInt128 {
        var product = pair().multipliedFullWidth(by: bound)
        if product.low < bound {
            let surplus = (0 &- bound) % bound
            while product.low < surplus { product = pair().multipliedFullWidth(by: bound) }
        }
        return product.high
    }

    @inlinable package mutating func pair() -> UInt128 {
        let low: UInt64 = next()
        let high: UInt64 = next()
        return UInt128(high) << 64 | UInt128(low)
    }

    /// True with probability 1/2.
    @inlinable package mutating func coin() -> Bool { (next() as UInt64) >> 17 & 1 == 0 }

    /// True with probability `exp(-numerator / denominator)`, for a quotient in `[0, 1]`.
    ///
    /// Spec: Canonne, Kamath, Steinke, algorithm 1
    @inlinable package mutating func bernoulliExp(_ numerator: UInt64, over denominator: UInt64) -> Bool {
        var trial: UInt64 = 1
        // The probability of each is numerator / (denominator * trial), as two independent events: no product to overflow.
        while uniform(below: denominator) < numerator, uniform(below: trial) == 0 { trial += 1 }
        return trial % 2 == 1
    }

    /// True with probability `exp(-numerator / (2 * denominator))`, for a quotient in `[0, 1/2]`.
    @inlinable package mutating func bernoulliExpOfHalf(_ numerator: UInt128, over denominator: UInt128) -> Bool {
        var trial: UInt64 = 1
        while coin(), uniform(below: denominator) < numerator, uniform(below: trial) == 0 { trial += 1 }
        return trial % 2 == 1
    }
}
