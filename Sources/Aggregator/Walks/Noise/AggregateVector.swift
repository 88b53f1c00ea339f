import DAP
import VDAF

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
        guard case .discreteLaplace(let numerator, let denominator) = noise,
            let distribution = DiscreteLaplace(numerator: UInt64(numerator), denominator: UInt64(denominator))
        else { return }
        switch elements {
        case .inner(let sum): elements = .inner(sum.map { $0 + Field64(distribution.sample(using: &generator)) })
        case .leaf(let sum): elements = .leaf(sum.map { $0 + Field255(distribution.sample(using: &generator)) })
        }
    }

    var encoded: [UInt8] { elements.encode() }
}

extension FieldElement {
    /// A signed integer modulo the prime.
    fileprivate init(_ value: Int64) {
        let magnitude = Self(value.magnitude)
        self = value < 0 ? -magnitude : magnitude
    }
}
