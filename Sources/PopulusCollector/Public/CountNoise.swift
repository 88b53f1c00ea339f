/// The noise in the numbers of a result, and what it promises each client.
public struct CountNoise: Hashable, Sendable {
    /// Epsilon of (epsilon, delta)-differential privacy, under replacement of what a report holds.
    public let epsilon: Double
    /// Delta of it; 0 where the noise is Laplace's.
    public let delta: Double
    /// The standard deviation of a number, with the noise of both aggregators.
    public let deviation: Double
    /// Half the width of a number's 95 % interval.
    public let halfWidth: UInt64

    init(_ facts: NoiseFacts) {
        epsilon = facts.guarantee.epsilon
        delta = facts.guarantee.delta
        deviation = facts.deviation
        halfWidth = facts.halfWidth
    }
}
