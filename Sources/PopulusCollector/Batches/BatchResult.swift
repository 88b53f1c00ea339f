import PopulusVDAF

/// What a batch's numbers come to, as they were counted: noise can take one below zero.
package enum BatchResult: Hashable, Sendable {
    case number(Int128)
    /// One number an element, a bucket or a candidate.
    case vector([Int128])

    package var numbers: [Int128] {
        switch self {
        case .number(let number): [number]
        case .vector(let vector): vector
        }
    }

    /// An exact result; nil where a number has more than 127 bits, which so many reports never come to.
    init?(_ result: VdafResult) {
        switch result {
        case .number(let number):
            guard let signed = Int128(exactly: number) else { return nil }
            self = .number(signed)
        case .vector(let vector):
            let signed = vector.compactMap { Int128(exactly: $0) }
            guard signed.count == vector.count else { return nil }
            self = .vector(signed)
        }
    }
}
