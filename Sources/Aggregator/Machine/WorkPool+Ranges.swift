import PrefixWalk

extension WorkPool {
    /// The length of ranges of which each thread gets one.
    func evenRangeLength(of count: Int) -> Int { (count + threadCount - 1) / threadCount }

    /// Reports of a range in an aggregation job of a batch task: enough to be worth a change of threads, few enough that
    /// every core has some.
    func batchRangeLength(of count: Int) -> Int { max(1, min(256, count / threadCount / 4)) }

    /// Reports of a range whose shares are opened for a segment: every thread has some, and a segment takes them in whole rows.
    func openingRangeLength(of count: Int) -> Int {
        let rows = SegmentPart.rows
        return min(16, max(1, (count + threadCount * rows - 1) / (threadCount * rows))) * rows
    }

    /// Runs a computation over the ranges of `0..<count`, each at most `rangeLength` long, on all of the pool's threads.
    ///
    /// - Returns: the ranges' results in order.
    package func map<T: Sendable>(
        count: Int, rangeLength: Int, _ body: @escaping @Sendable (Range<Int>) throws -> T
    ) async throws -> [T] {
        let length = max(1, rangeLength)
        return try await withThrowingTaskGroup(of: (Int, T).self) { group in
            for start in stride(from: 0, to: count, by: length) {
                group.addTask {
                    (start, try await self.run { try body(start..<min(count, start + length)) })
                }
            }
            var results: [(Int, T)] = []
            for try await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
