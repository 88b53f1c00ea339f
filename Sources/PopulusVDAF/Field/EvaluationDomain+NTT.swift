import PopulusKernels

// The number theoretic transforms: between coefficients and values.
//
// Spec: VDAF §6.1.2 (`ntt`, `inv_ntt`), §6.1.3 (`double_evaluations`).
extension EvaluationDomain {
    /// Coefficients, of 1, x, x^2, …, to values at the roots, in place.
    ///
    /// - Precondition: `polynomial.count == count`.
    ///
    /// Spec: VDAF §6.1.2 (`ntt`).
    package func ntt(_ polynomial: inout [F]) {
        precondition(polynomial.count == count)
        reverseBits(&polynomial)
        F.kernels.transformForward(&polynomial, count: count, width: 1, twiddles: forward)
    }

    /// Values at the roots to coefficients, in place.
    ///
    /// - Precondition: `polynomial.count == count`.
    ///
    /// Spec: VDAF §6.1.2 (`inv_ntt`).
    package func inverseNTT(_ polynomial: inout [F]) {
        precondition(polynomial.count == count)
        F.kernels.transformBackward(&polynomial, count: count, width: 1, inverseTwiddles: backward)
        reverseBits(&polynomial)
        for i in polynomial.indices { polynomial[i] = polynomial[i] * inverseCount }
    }

    /// Values at the n-th roots to n times the values at the odd 2n-th roots w_2n^(2i + 1), in place.
    ///
    /// Takes `width` polynomials at once: a row holds the values of all at one root. Leaving the factor n in saves as
    /// many multiplications as there are values.
    ///
    /// - Precondition: `rows.count == count * width`.
    package func scaledOddEvaluations(_ rows: inout [F], width: Int = 1) {
        precondition(width >= 0 && rows.count == count * width)
        F.kernels.transformBackward(&rows, count: count, width: width, inverseTwiddles: backward)
        F.kernels.transformForward(&rows, count: count, width: width, twiddles: odd)
    }

    /// Values at the n-th roots to values at the 2n-th roots, of `width` polynomials in rows.
    ///
    /// - Precondition: `rows.count == count * width`.
    ///
    /// Spec: VDAF §6.1.3 (`double_evaluations`).
    package func doubleEvaluations(_ rows: [F], width: Int = 1) -> [F] {
        var odd = rows
        scaledOddEvaluations(&odd, width: width)
        var doubled: [F] = []
        doubled.reserveCapacity(2 * rows.count)
        for start in stride(from: 0, to: rows.count, by: max(width, 1)) {
            doubled += rows[start..<start + width]
            for value in odd[start..<start + width] { doubled.append(value * inverseCount) }
        }
        odd.wipe()
        return doubled
    }

    private func reverseBits(_ values: inout [F]) {
        guard logCount > 0 else { return }
        for i in values.indices {
            let j = Int(bitPattern: UInt(bitPattern: i).reversedBits >> UInt(UInt.bitWidth - logCount))
            if i < j { values.swapAt(i, j) }
        }
    }
}

extension UInt {
    fileprivate var reversedBits: UInt {
        var (value, result) = (self, UInt(0))
        for _ in 0..<UInt.bitWidth {
            result = result << 1 | value & 1
            value >>= 1
        }
        return result
    }
}
