/// The first `count` powers of a root of unity as the nodes at which polynomials of fewer than `count` coefficients are
/// given: the Lagrange basis.
///
/// Spec: VDAF §6.1.3.2.
struct LagrangeNodes<Field: NTTFriendlyField>: Sendable {
    /// The powers, from the zeroth on.
    let nodes: [Field]
    /// What each basis polynomial's product of `x - node` is to be multiplied with.
    private let weights: [Field]

    /// - Parameters:
    ///   - order: The order of the root, a power of two that the field has.
    ///   - count: How many of its powers are nodes, at least one and at most `order`.
    init(order: Int, count: Int) {
        precondition(order > 0 && order & (order - 1) == 0 && (1...order).contains(count))
        let root = Field.nthRoot(log: order.trailingZeroBitCount)
        var all: [Field] = [.one]
        all.reserveCapacity(order)
        while all.count < order { all.append(all[all.count - 1] * root) }
        let scale = Field(UInt64(order)).inverse
        // The product of `node - other` over all other powers of the root is `order / node`; those that are no nodes
        // are divided out.
        weights = all[..<count].map { node in
            all[count...].reduce(node * scale) { $0 * (node - $1) }
        }
        nodes = Array(all[..<count])
    }

    /// What a polynomial's values at the nodes are multiplied with for the sum to be its value at `x`, which may be
    /// anything.
    ///
    /// Without divisions, as the specification's `poly_eval_batched`.
    func coefficients(at x: Field) -> [Field] {
        var coefficients: [Field] = []
        coefficients.reserveCapacity(nodes.count)
        var product = Field.one
        for node in nodes {
            coefficients.append(product)
            product = product * (x - node)
        }
        product = .one
        for i in nodes.indices.reversed() {
            coefficients[i] = coefficients[i] * product * weights[i]
            product = product * (x - nodes[i])
        }
        return coefficients
    }
}

extension Span where Element: NTTFriendlyField {
    /// The sum of the products of elements with `other`'s, which has at least as many.
    func dotProduct(_ other: Span<Element>) -> Element {
        var sum = Element.zero
        for i in indices { sum += self[i] * other[i] }
        return sum
    }
}
