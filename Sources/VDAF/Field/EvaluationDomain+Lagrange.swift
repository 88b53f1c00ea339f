/// The Lagrange polynomials of a domain at one point: the weights of the values in the value there.
///
/// Spec: VDAF §6.1.3 (`poly_eval_batched`).
package struct LagrangeWeights<F: NTTFriendlyField>: Sendable {
    /// The point.
    package let point: F

    /// The point to the power of n; one just when the point is a root, whose values must not be revealed.
    package let pointPower: F

    /// The i-th Lagrange polynomial at the point, for each root.
    package let weights: [F]

    /// The value at the point of the polynomial with `values` at the first roots and zero at the others.
    ///
    /// - Precondition: `values.count <= n`.
    package func evaluate(_ values: Span<F>) -> F {
        precondition(values.count <= weights.count)
        return values.withUnsafeBufferPointer { values in
            weights.withUnsafeBufferPointer { F.dot(UnsafeBufferPointer(rebasing: $0.prefix(values.count)), values) }
        }
    }
}

// Interpolation.
extension EvaluationDomain {
    /// The weights at `point`, with two multiplications a root and no division.
    ///
    /// With L(x) = (1/n) * the product over j of (1 + (point / x)^(2^j)), the factors of high j depend on few bits of
    /// x's index: they are multiplied once for all roots that share them.
    @specialized(where F == Field64)
    @specialized(where F == Field128)
    package func weights(at point: F) -> LagrangeWeights<F> {
        // squares[j] = point^(2^j)
        var squares = [point]
        for _ in 0..<logCount { squares.append(squares[squares.count - 1] * squares[squares.count - 1]) }
        let weights = [F](unsafeUninitializedCapacity: count) { weights, initialized in
            weights[0] = inverseCount
            backward.withUnsafeBufferPointer { twiddles in
                for log in 0..<logCount {
                    let length = 1 << log
                    let power = squares[logCount - 1 - log]
                    for i in 0..<length {
                        let weight = weights[i]
                        let term = weight * (power * twiddles[length + i])
                        weights[i] = weight + term
                        weights[length + i] = weight - term
                    }
                }
            }
            initialized = count
        }
        return LagrangeWeights(point: point, pointPower: squares[logCount], weights: weights)
    }

    /// The value at one point of each polynomial, given by its values at the first roots; the other values are zero.
    ///
    /// - Precondition: no polynomial has more than `count` values.
    ///
    /// Spec: VDAF §6.1.3 (`poly_eval_batched`).
    package func evaluate(_ polynomials: [[F]], at point: F) -> [F] {
        let weights = weights(at: point)
        return polynomials.map { weights.evaluate($0.span) }
    }

    /// Appends the values at the remaining roots of the polynomial of degree below `values.count`.
    ///
    /// With k values to append, to x_m …: each is -(1 / x_k) times the sum of y_i * x_i times the product over the
    /// other appended roots x_l of (x_i - x_l) / (x_k - x_l). One is enough for a gadget of degree two.
    ///
    /// - Precondition: `0 < values.count <= count`.
    ///
    /// Spec: VDAF §6.1.3 (`extend_values_to_power_of_2`).
    package func extend(_ values: inout [F]) {
        precondition(!values.isEmpty && values.count <= count)
        let known = values.count
        values.reserveCapacity(count)
        for k in known..<count {
            let others = (known..<count).filter { $0 != k }.map { roots[$0] }
            let denominator = others.reduce(-roots[k]) { $0 * (roots[k] - $1) }
            let sum: F
            if others.isEmpty {
                sum = values.withUnsafeBufferPointer { values in
                    roots.withUnsafeBufferPointer { F.dot(values, UnsafeBufferPointer(rebasing: $0.prefix(known))) }
                }
            } else {
                sum = (0..<known).reduce(F.zero) { sum, i in
                    sum + others.reduce(values[i] * roots[i]) { $0 * (roots[i] - $1) }
                }
            }
            values.append(sum * denominator.inverse)
        }
    }
}
