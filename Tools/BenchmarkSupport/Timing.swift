import Foundation

/// The best and the median of many measurements of one thing, in nanoseconds or as multiples of a block's time.
package struct Timing: Codable, Sendable {
    package var best: Double
    package var median: Double

    package init(best: Double, median: Double) {
        self.best = best
        self.median = median
    }

    /// - Precondition: `samples` is not empty.
    package init(_ samples: [Double]) {
        let sorted = samples.sorted()
        self.init(best: sorted[0], median: sorted[sorted.count / 2])
    }

    /// Best as a multiple of best, median of median.
    package func multiple(of unit: Timing) -> Timing { Timing(best: best / unit.best, median: median / unit.median) }
}

/// Nanoseconds that this thread spent on its core, so that other load of the machine counts less.
package func threadNanoseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}
