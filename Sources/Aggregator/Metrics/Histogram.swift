/// Numbers that were observed, by how great they were: what `/metrics` shows as a histogram.
package struct Histogram: Sendable, Equatable {
    /// The greatest number of each bucket, rising; what is greater is in one more.
    package let bounds: [Double]
    /// How many each bucket has, not those below it too; one more than there are bounds.
    package private(set) var counts: [UInt64]
    package private(set) var sum: Double = 0

    package init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    package var count: UInt64 { counts.reduce(0, +) }

    package mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    package mutating func observe(_ time: Duration) { observe(time / .seconds(1)) }

    /// Adds what another one of the same bounds has seen.
    package mutating func add(_ other: Histogram) {
        precondition(bounds == other.bounds, "histograms of other bounds cannot be added")
        for index in counts.indices { counts[index] += other.counts[index] }
        sum += other.sum
    }
}

extension Histogram {
    /// Seconds of a request or a transaction: from a millisecond to half a minute.
    package static let quick = Histogram([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30])
    /// Seconds of work on many reports: from a hundredth to an hour.
    package static let long = Histogram([0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600])
    /// How many candidates a step has.
    package static let candidates = Histogram([1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536])
    /// How many reports a step or a batch has.
    package static let reports = Histogram([10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000])
}
