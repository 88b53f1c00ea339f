// Signed integers in a field: those from -p/2 to p/2 are each an element of their own.
extension FieldElement {
    /// The element `value mod p`, in a time that depends on its sign.
    package init(signed value: Int64) {
        let magnitude = Self(value.magnitude)
        self = value < 0 ? -magnitude : magnitude
    }
}

extension Field64 {
    package var signedValue: Int128? { nearestToZero(UInt128(value), modulus: UInt128(Self.modulus)) }
}

extension Field128 {
    package var signedValue: Int128? { nearestToZero(value, modulus: Self.modulus) }
}

extension Field255 {
    package var signedValue: Int128? {
        if let value = unsignedValue { return Int128(value) }
        return (-self).unsignedValue.map { -Int128($0) }
    }
}

private func nearestToZero(_ value: UInt128, modulus: UInt128) -> Int128 {
    value <= modulus / 2 ? Int128(value) : -Int128(modulus - value)
}

extension Array where Element: FieldElement {
    /// The same with a sample of noise added to each element, in their order.
    func noised(_ sample: () -> Int64) -> [Element] { map { $0 + Element(signed: sample()) } }

    /// The integers nearest to zero.
    ///
    /// - Throws: `.verificationFailed` for an element of Field255 that is none of 64 bits and a sign.
    func signedValues() throws(VDAFError) -> [Int128] {
        var values: [Int128] = []
        values.reserveCapacity(count)
        for element in self {
            guard let value = element.signedValue else { throw .verificationFailed }
            values.append(value)
        }
        return values
    }
}

extension FieldVec {
    /// Adds a sample of noise to each element, in their order.
    package mutating func addNoise(_ sample: () -> Int64) {
        switch elements {
        case .inner(let elements): self = .inner(elements.noised(sample))
        case .leaf(let elements): self = .leaf(elements.noised(sample))
        }
    }
}
