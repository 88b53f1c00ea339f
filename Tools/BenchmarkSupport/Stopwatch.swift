import PopulusKernels

/// Measures by the thread's own time, each thing in turn with the blocks that it is compared with.
package struct Stopwatch {
    /// Samples of each thing; one alone is a smoke test.
    package let samples: Int

    /// Many samples, or one of a single call each.
    package init(isSmoke: Bool) { samples = isSmoke ? 1 : 400 }

    /// - Precondition: `samples > 0`.
    package init(samples: Int) {
        precondition(samples > 0)
        self.samples = samples
    }

    /// What was measured: nanoseconds a call of each body, and of one block in the same moments.
    package struct Result: Sendable {
        package var timings: [Timing]
        /// One AES-128 block, encrypted in bulk: `BulkAES`.
        package var aesBlock: Timing
        /// One block of the fixed-key AES hash, by the path that was asked for.
        package var hashBlock: Timing
    }

    /// Times `bodies` and the blocks in turn, so that whatever slows the machine slows all of them.
    ///
    /// A body is called as often in a sample as takes some 300 microseconds, against which reading the clock is nothing;
    /// once, where it takes longer or this is a smoke test. No bodies: the blocks alone.
    package func measure(_ bodies: [() throws -> Void] = [], path: ProcessorPath = .current) throws -> Result {
        let aes = BulkAES()
        let hash = BulkHash(path: path)
        let counts = try bodies.map { try callsInASample($0) }
        var times = bodies.map { _ in [Double]() }
        var aesTimes: [Double] = []
        var hashTimes: [Double] = []
        for _ in 0..<samples {
            for (i, body) in bodies.enumerated() {
                let start = threadNanoseconds()
                for _ in 0..<counts[i] { try body() }
                times[i].append((threadNanoseconds() - start) / Double(counts[i]))
            }
            var start = threadNanoseconds()
            for _ in 0..<8 { aes.encrypt() }
            aesTimes.append((threadNanoseconds() - start) / Double(8 * BulkAES.blocks))
            start = threadNanoseconds()
            for _ in 0..<32 { hash.hash() }
            hashTimes.append((threadNanoseconds() - start) / Double(32 * BulkHash.blocks))
        }
        return Result(
            timings: times.map { Timing($0) }, aesBlock: Timing(aesTimes), hashBlock: Timing(hashTimes))
    }

    private func callsInASample(_ body: () throws -> Void) throws -> Int {
        if samples == 1 { return 1 }
        var (calls, time) = (0, 0.0)
        let start = threadNanoseconds()
        while calls < 20, time < 1_000_000 {
            try body()
            calls += 1
            time = threadNanoseconds() - start
        }
        return max(1, Int(300_000 * Double(calls) / max(time, 1)))
    }
}
