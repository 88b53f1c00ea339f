// Transforms of many polynomials at once: a row holds the values of all of them at one root.
extension EvaluationDomain {
    /// Values at the n-th roots to values at the odd 2n-th roots w_2n^(2i + 1), for `width` polynomials.
    ///
    /// - Precondition: `rows.count == count * width`.
    ///
    /// Spec: VDAF §6.1.3 (`double_evaluations`).
    func oddEvaluations(ofRows rows: [F], width: Int) -> [F] {
        precondition(rows.count == count * width)
        var odd = rows
        odd.withUnsafeMutableBufferPointer { rows in
            decimateInFrequency(rows, width: width)
            decimateInTime(rows, width: width)
            for i in 0..<rows.count { rows[i] = rows[i] * inverseCount }
        }
        return odd
    }

    private func decimateInFrequency(_ rows: UnsafeMutableBufferPointer<F>, width: Int) {
        backward.withUnsafeBufferPointer { twiddles in
            var length = count / 2
            while length > 0 {
                for start in stride(from: 0, to: count, by: 2 * length) {
                    for i in 0..<length {
                        let twiddle = twiddles[length + i]
                        let (upper, lower) = ((start + i) * width, (start + length + i) * width)
                        for j in 0..<width {
                            let (u, v) = (rows[upper + j], rows[lower + j])
                            rows[upper + j] = u + v
                            rows[lower + j] = (u - v) * twiddle
                        }
                    }
                }
                length /= 2
            }
        }
    }

    private func decimateInTime(_ rows: UnsafeMutableBufferPointer<F>, width: Int) {
        odd.withUnsafeBufferPointer { twiddles in
            var length = 1
            while length < count {
                for start in stride(from: 0, to: count, by: 2 * length) {
                    for i in 0..<length {
                        let twiddle = twiddles[length + i]
                        let (upper, lower) = ((start + i) * width, (start + length + i) * width)
                        for j in 0..<width {
                            let (u, v) = (rows[upper + j], rows[lower + j] * twiddle)
                            rows[upper + j] = u + v
                            rows[lower + j] = u - v
                        }
                    }
                }
                length *= 2
            }
        }
    }
}
