import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusVDAF

/// The sum of one step over an aggregator's shards, in candidate order.
struct AggregateVector: Sendable {
    private var elements: FieldVec

    /// The sum of nothing.
    init(candidates: Int, isLeaf: Bool) {
        elements = .zeros(isLeaf: isLeaf, count: candidates)
    }

    /// Adds a shard's encoded sum.
    mutating func add(_ encoded: [UInt8]) throws {
        do {
            try elements.add(
                try FieldVec(decoding: encoded.span, isLeaf: elements.isLeaf, count: elements.count))
        } catch {
            throw StoreError.damaged("sum of a shard")
        }
    }

    /// The one place where noise enters (rule 9): once a walk and step, after the sum and before the seal.
    mutating func addNoise(_ noise: WalkNoise, using generator: inout some RandomNumberGenerator) {
        switch noise {
        case .none: break
        case .discreteLaplace(let numerator, let denominator):
            // Both parts are positive wherever a noise was decoded.
            let laplace = DiscreteLaplace(
                numerator: UInt64(max(1, numerator)), denominator: UInt64(max(1, denominator)))
            guard let laplace else { preconditionFailure("a scale has positive parts") }
            elements.addNoise { laplace.sample(using: &generator) }
        case .discreteGaussian(let gaussian):
            let distribution = DiscreteGaussian(variance: elements.isLeaf ? gaussian.leaf : gaussian.inner)
            elements.addNoise { distribution.sample(using: &generator) }
        }
    }

    var encoded: [UInt8] { elements.encode() }
}
