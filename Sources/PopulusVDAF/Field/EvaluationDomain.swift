/// The n-th roots of unity, n a power of two, with the tables that transforms on them need.
///
/// A polynomial "in the Lagrange basis" is its values at `roots`, in that order. Make a domain once a circuit and keep
/// it. Everything here is constant-time in the values; sizes are public.
///
/// Spec: VDAF §6.1.2, §6.1.3.
package final class EvaluationDomain<F: NTTFriendlyField>: Sendable {
    /// n is 2 to the power of this.
    package let logCount: Int

    /// w^i for i in `0 ..< n`, w being the primitive n-th root `F.nthRoot(log: logCount)`.
    ///
    /// Spec: VDAF §6.1.3 (`nth_root_powers`).
    package let roots: [F]

    /// 1 / n.
    package let inverseCount: F

    /// 1 / w_2n for the primitive 2n-th root w_2n, whose square is w.
    let inverseHalfRoot: F

    /// Twiddles of the transform to values at the roots; at `len + j` the j-th power of the root of order 2 len.
    let forward: [F]

    /// The inverses of `forward`.
    let backward: [F]

    /// At `len + j` the odd power 2j + 1 of the root of order 4 len: the transform to values at the odd 2n-th roots.
    let odd: [F]

    /// Points in the domain.
    package var count: Int { roots.count }

    /// The domain of 2^`logCount` points.
    ///
    /// - Precondition: `0 <= logCount < F.logGeneratorOrder`.
    package init(logCount: Int) {
        precondition(logCount >= 0 && logCount < F.logGeneratorOrder && logCount < 48)
        self.logCount = logCount
        let count = 1 << logCount
        roots = Self.powers(of: F.nthRoot(log: logCount), count: count)
        inverseCount = F(UInt64(count)).inverse
        let halfRoot = F.nthRoot(log: logCount + 1)
        inverseHalfRoot = halfRoot.inverse

        var (forward, backward, odd) = ([F.one], [F.one], [F.one])
        for log in 0..<logCount {
            let root = F.nthRoot(log: log + 1)
            let inverse = root.inverse
            let first = F.nthRoot(log: log + 2)
            let powers = Self.powers(of: root, count: 1 << log)
            forward += powers
            backward += Self.powers(of: inverse, count: 1 << log)
            odd += powers.map { first * $0 }
        }
        (self.forward, self.backward, self.odd) = (forward, backward, odd)
    }

    /// The smallest domain of at least `count` points.
    package convenience init(atLeast count: Int) {
        precondition(count > 0 && (count - 1) >> 47 == 0)
        self.init(logCount: Int.bitWidth - (count - 1).leadingZeroBitCount)
    }

    private static func powers(of root: F, count: Int) -> [F] {
        var powers = [F.one]
        while powers.count < count { powers.append(powers[powers.count - 1] * root) }
        return powers
    }
}
