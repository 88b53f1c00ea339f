import Foundation

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

/// What is not in a result, and why.
public struct MissingParts: Hashable, Sendable {
    /// The reports that were accepted at the first step of a walk and rejected since.
    public let lateRejections: UInt64
    /// How many prefixes had enough votes when the walk had to end before their strings did; 0 where all have ended.
    public let unfinished: Int
    /// What the strings of those prefixes are sure to begin with, each beginning once, ascending by bytes.
    public let beginnings: [[UInt8]]
    /// Where the interval was cut since it was not over: what comes later is for another batch.
    public let cutAt: Date?

    init(lateRejections: UInt64 = 0, unfinished: Int = 0, beginnings: [[UInt8]] = [], cutAt: UInt64?) {
        self.lateRejections = lateRejections
        self.unfinished = unfinished
        self.beginnings = beginnings
        self.cutAt = cutAt.map { Date(timeIntervalSince1970: Double($0)) }
    }
}
