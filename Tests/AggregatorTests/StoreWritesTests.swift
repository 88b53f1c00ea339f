import Aggregator
import PopulusDAP
import Testing

/// Writes that share a commit, and the checks that a job's updates make by themselves.
@Suite struct StoreWritesTests {
    private struct Trouble: Error {}

    private static func walk() -> WalkRecord {
        WalkRecord(id: .random(), batchSelector: [], startedAt: 1, verificationKeyID: 0)
    }

    /// A store with one job, which is opened and has committed step 0.
    private static func opened(in store: TestStore) async throws -> ShardRecord {
        let walk = walk()
        return try await store.write("test") { transaction in
            try transaction.insertWalk(walk)
            var job = ShardRecord(walk: walk.id, ordinal: 0, phase: .opened)
            job.jobID = .random()
            job.committedSteps = 1
            job.live = [0x7f]
            (job.leastTime, job.greatestTime) = (3, 9)
            job.row = try transaction.insertJob(job)
            return job
        }
    }

    private static func stored(_ job: ShardRecord, in store: TestStore) async throws -> ShardRecord? {
        try await store.read("test") { try $0.shard(row: job.row) }
    }

    @Test func aWriteThatFailsUndoesItselfAlone() async throws {
        let simulation = try Simulation(try TestTask())
        let store = simulation.helperStore
        let walks = (0..<40).map { _ in Self.walk() }
        await withTaskGroup(of: Void.self) { group in
            for (number, walk) in walks.enumerated() {
                group.addTask {
                    let done: Void? = try? await store.write("test") { transaction in
                        try transaction.insertWalk(walk)
                        if number % 2 == 1 { throw Trouble() }
                    }
                    #expect((done != nil) == (number % 2 == 0))
                }
            }
        }
        // By itself as well.
        let lone = Self.walk()
        await #expect(throws: Trouble.self) {
            try await store.write("test") { transaction in
                try transaction.insertWalk(lone)
                throw Trouble()
            }
        }
        let kept = try await store.read("test") { Set(try $0.walks().map(\.id)) }
        #expect(kept == Set(walks.enumerated().filter { $0.offset % 2 == 0 }.map(\.element.id)))
    }

    /// Who reads a store that is closed meanwhile reads to the end, or is told: GRDB's pool alone crashes now and then.
    @Test func aStoreIsClosedUnderItsReaders() async throws {
        for _ in 0..<30 {
            let simulation = try Simulation(try TestTask())
            let store = simulation.helperStore
            let readers = (0..<4).map { number in
                Task.detached {
                    while true {
                        do {
                            if number % 2 == 0 {
                                _ = try await store.read("test") { try $0.walks().count }
                            } else {
                                _ = try await store.read("test") { try $0.runningResources().count }
                            }
                        } catch {
                            return error
                        }
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(2))
            try simulation.stopHelper()
            for reader in readers { #expect(await reader.value is StoreError) }
        }
    }

    @Test func aJobComesBackAsItWasStored() async throws {
        let simulation = try Simulation(try TestTask())
        let store = simulation.helperStore
        var job = try await Self.opened(in: store)
        #expect(try await Self.stored(job, in: store) == job)
        (job.leastTime, job.greatestTime, job.jobID) = (nil, nil, nil)
        let other = job
        try await store.write("test") { try $0.updateJob(other) }
        #expect(try await Self.stored(job, in: store) == job)
    }

    @Test func oneRequestAStep() async throws {
        let simulation = try Simulation(try TestTask())
        let store = simulation.helperStore
        let job = try await Self.opened(in: store)
        @Sendable func record(_ step: UInt16, _ digest: [UInt8]) async throws -> Bool {
            try await store.write("test") { try $0.recordEvaluation(job: job.row, step: step, digest: digest) }
        }
        #expect(try await !record(0, [1]))
        #expect(try await !record(2, [1]))
        #expect(try await record(1, [1]))
        #expect(try await record(1, [1]))
        #expect(try await !record(1, [2]))
        #expect(try await Self.stored(job, in: store)?.evaluateDigest == [1])
        for phase in [JobPhase.bound, .finished] {
            var changed = job
            (changed.phase, changed.evaluateDigest) = (phase, [])
            let other = changed
            try await store.write("test") { try $0.updateJob(other) }
            #expect(try await !record(1, [1]))
        }
    }

    @Test func aCommitFollowsTheLast() async throws {
        let simulation = try Simulation(try TestTask())
        let store = simulation.helperStore
        var job = try await Self.opened(in: store)
        @Sendable func commit(_ job: ShardRecord) async throws -> Bool {
            try await store.write("test") { try $0.commitShard(job) }
        }
        #expect(try await !commit(job))
        job.committedSteps = 3
        #expect(try await !commit(job))
        job.committedSteps = 2
        (job.transcript, job.evaluateDigest, job.verdictDigest) = ([1], [2], [3])
        (job.committedEvaluateDigest, job.evaluateTranscript, job.live) = ([4], [5], [6])
        (job.liveBefore, job.count, job.checksum, job.sum) = ([7], 8, [9], [10])
        (job.leastTime, job.greatestTime) = (11, 12)
        #expect(try await commit(job))
        #expect(try await !commit(job))
        #expect(try await Self.stored(job, in: store) == job)
        job.phase = .finished
        let ended = job
        try await store.write("test") { try $0.updateJob(ended) }
        job.committedSteps = 3
        #expect(try await !commit(job))
    }
}
