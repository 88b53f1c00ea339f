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
        polynomial.withUnsafeMutableBufferPointer { buffer in
            reverseBits(buffer)
            decimateInTime(buffer, forward)
        }
    }

    /// Values at the roots to coefficients, in place.
    ///
    /// - Precondition: `polynomial.count == count`.
    ///
    /// Spec: VDAF §6.1.2 (`inv_ntt`).
    package func inverseNTT(_ polynomial: inout [F]) {
        precondition(polynomial.count == count)
        polynomial.withUnsafeMutableBufferPointer { buffer in
            decimateInFrequency(buffer)
            reverseBits(buffer)
            for i in 0..<buffer.count { buffer[i] = buffer[i] * inverseCount }
        }
    }

    /// Values at the n-th roots to n times the values at the odd 2n-th roots w_2n^(2i + 1), in place.
    ///
    /// Leaving the factor n in saves as many multiplications as there are values.
    ///
    /// - Precondition: `values.count == count`.
    package func scaledOddEvaluations(_ values: inout MutableSpan<F>) {
        precondition(values.count == count)
        values.withUnsafeMutableBufferPointer { buffer in
            decimateInFrequency(buffer)
            decimateInTime(buffer, odd)
        }
    }

    /// Values at the n-th roots to values at the 2n-th roots.
    ///
    /// - Precondition: `values.count == count`.
    ///
    /// Spec: VDAF §6.1.3 (`double_evaluations`).
    package func doubleEvaluations(_ values: [F]) -> [F] {
        precondition(values.count == count)
        var odd = values
        var span = odd.mutableSpan
        scaledOddEvaluations(&span)
        return [F](unsafeUninitializedCapacity: 2 * count) { doubled, initialized in
            for i in 0..<count {
                doubled[2 * i] = values[i]
                doubled[2 * i + 1] = odd[i] * inverseCount
            }
            initialized = 2 * count
        }
    }

    /// Input in natural order, output bit-reversed; inverse twiddles, without the division by n.
    @specialized(where F == Field64)
    @specialized(where F == Field128)
    private func decimateInFrequency(_ buffer: UnsafeMutableBufferPointer<F>) {
        backward.withUnsafeBufferPointer { twiddles in
            var length = buffer.count / 2
            while length > 0 {
                for start in stride(from: 0, to: buffer.count, by: 2 * length) {
                    for i in 0..<length {
                        let (u, v) = (buffer[start + i], buffer[start + length + i])
                        buffer[start + i] = u + v
                        let difference = u - v
                        buffer[start + length + i] = i == 0 ? difference : difference * twiddles[length + i]
                    }
                }
                length /= 2
            }
        }
    }

    /// Input bit-reversed, output in natural order.
    @specialized(where F == Field64)
    @specialized(where F == Field128)
    private func decimateInTime(_ buffer: UnsafeMutableBufferPointer<F>, _ table: [F]) {
        table.withUnsafeBufferPointer { twiddles in
            var length = 1
            while length < buffer.count {
                for start in stride(from: 0, to: buffer.count, by: 2 * length) {
                    for i in 0..<length {
                        let u = buffer[start + i]
                        let v = buffer[start + length + i] * twiddles[length + i]
                        buffer[start + i] = u + v
                        buffer[start + length + i] = u - v
                    }
                }
                length *= 2
            }
        }
    }

    private func reverseBits(_ buffer: UnsafeMutableBufferPointer<F>) {
        guard logCount > 0 else { return }
        for i in 0..<buffer.count {
            let j = Int(bitPattern: UInt(bitPattern: i).reversedBits >> UInt(UInt.bitWidth - logCount))
            if i < j { buffer.swapAt(i, j) }
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
