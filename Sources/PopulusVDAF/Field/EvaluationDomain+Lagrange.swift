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
        return F.dot(weights.span.extracting(first: values.count), values)
    }
}

// Interpolation.
extension EvaluationDomain {
    /// The weights at `point`, with two multiplications a root and no division.
    ///
    /// With L(x) = (1/n) * the product over j of (1 + (point / x)^(2^j)), the factors of high j depend on few bits of
    /// x's index: they are multiplied once for all roots that share them.
    package func weights(at point: F) -> LagrangeWeights<F> {
        let (weights, pointPower) = F.kernels.weights(
            at: point, logCount: logCount, inverseTwiddles: backward, scale: inverseCount
        ) { $0 * $0 }
        return LagrangeWeights(point: point, pointPower: pointPower, weights: weights)
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
    /// other appended roots x_l of (x_i - x_l) / (x_k - x_l).
    ///
    /// - Precondition: `0 < values.count <= count`.
    ///
    /// Spec: VDAF §6.1.3 (`extend_values_to_power_of_2`).
    package func extend(_ values: inout [F]) {
        precondition(!values.isEmpty && values.count <= count)
        let known = values.count
        if known == count - 1 {
            values.append(lastValue(values.span))
            return
        }
        values.reserveCapacity(count)
        for k in known..<count {
            let others = (known..<count).filter { $0 != k }.map { roots[$0] }
            let denominator = others.reduce(-roots[k]) { $0 * (roots[k] - $1) }
            let sum = (0..<known).reduce(F.zero) { sum, i in
                sum + others.reduce(values[i] * roots[i]) { $0 * (roots[i] - $1) }
            }
            values.append(sum * denominator.inverse)
        }
    }

    /// The value at the last root of the polynomial of degree below n - 1 with `values` at the others.
    ///
    /// All that is missing where a gadget has degree two. The highest coefficient, of x^(n - 1), is the sum of all
    /// y_i * x_i divided by n, hence that sum is zero.
    ///
    /// - Precondition: `values.count == count - 1`, `count > 1`.
    package func lastValue(_ values: Span<F>) -> F {
        precondition(values.count == count - 1 && count > 1)
        // The inverse of the last root is the first after one.
        let roots = roots
        return -roots[1] * F.dot(values, roots.span.extracting(first: values.count))
    }
}
