import Aggregator
import PopulusDAP
import Testing

/// That all stores are one and the same: whatever is done to them, they say the same and look the same.
@Suite(.serialized) struct AgreementTests {
    @Test(arguments: 0..<12 as Range<UInt64>) func storesAgree(seed: UInt64) async throws {
        let benches = try StoreKind.allCases.map { try Bench($0) }
        do { try await Self.compare(benches, seed: seed) } catch { Issue.record(error) }
        for bench in benches { await bench.end() }
    }

    private static func compare(_ benches: [Bench], seed: UInt64) async throws {
        var generator = SplitMix(state: seed)
        var history: [String] = []
        for round in 0..<120 {
            let act = Act.random(isTimed: seed % 2 == 0, using: &generator)
            history.append(act.name)
            var said: [String] = []
            for bench in benches { said.append(await result(of: act, in: bench.a)) }
            try #require(Set(said).count == 1, "seed \(seed): \(act.name) came to \(said) after \(history)")
            guard round % 8 == 7 else { continue }
            let image = try await TaskImage(of: benches[0].a)
            for bench in benches.dropFirst() {
                let other = try await TaskImage(of: bench.a)
                try #require(other == image, "seed \(seed): \(other.difference(from: image)) after \(history)")
            }
            if round % 40 == 39 { for bench in benches { try await bench.reopen() } }
        }
    }

    private static func result(of act: Act, in store: any TaskStore) async -> String {
        do { return try await store.write("act") { try act.run($0) } } catch { return "failed" }
    }
}

/// Something random that is done to a store, the same in all of them.
private struct Act: Sendable {
    let name: String
    /// Says what it came to.
    let run: @Sendable (any StoreTransaction) throws -> String

    init(_ name: String, _ run: @escaping @Sendable (any StoreTransaction) throws -> String) {
        (self.name, self.run) = (name, run)
    }

    static func random(isTimed: Bool, using generator: inout SplitMix) -> Act {
        let (one, other) = (Int.random(in: 0..<8, using: &generator), Int.random(in: 0..<8, using: &generator))
        let small = Int.random(in: 0..<3, using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0...1: return upload(one, other, isTimed: isTimed)
        case 2: return batch(small, one, other, isTimed: isTimed)
        case 3...4: return binding(one, other, small, using: &generator)
        case 5: return job(one, small, using: &generator)
        case 6: return walk(small, one, other, using: &generator)
        default: return collection(one, other, small, using: &generator)
        }
    }

    private static func upload(_ one: Int, _ other: Int, isTimed: Bool) -> Act {
        Act("upload \(one) of \(other)") { transaction in
            "\(try transaction.upload(one, time: UInt64(other), in: isTimed ? .byTime : .open))"
        }
    }

    private static func batch(_ small: Int, _ one: Int, _ other: Int, isTimed: Bool) -> Act {
        let times = UInt64(min(one, other))..<UInt64(max(one, other) + 1)
        return [
            Act("freeze \(small) over \(times)") { transaction in
                "\(try isTimed ? transaction.freeze(.byTime(small, times)) : transaction.freezeWhatIsFree(as: small))"
            },
            Act("thaw \(small)") { transaction in
                var walk = try transaction.walk(small)
                walk.end = .notBegun
                try transaction.thaw(&walk)
                return ""
            },
            Act("erase \(times)") { transaction in
                try transaction.eraseBodies(in: times)
                return ""
            },
        ][one % 3]
    }

    private static func binding(_ one: Int, _ other: Int, _ small: Int, using generator: inout SplitMix) -> Act {
        let key = UInt8.random(in: 7...8, using: &generator)
        return [
            Act("bind \(one) to \(small), key \(key)") {
                "\(try $0.bind(one, to: try $0.jobRow(small), at: other, key: key))"
            },
            Act("bind uploads \(one), \(other) to \(small), key \(key)") { transaction in
                let rows = try [one, other].map { try transaction.row(of: $0) }
                try transaction.bindReports(rows: rows, job: try transaction.jobRow(small), keyID: key)
                return ""
            },
            Act("release \(small)") { "\(try $0.releaseReports(job: try $0.jobRow(small), attemptsBelow: other / 2))" },
            Act("release \(one) of \(small)") { transaction in
                try transaction.releaseReports(job: try transaction.jobRow(small), ids: [ReportID(one)])
                return ""
            },
            Act("erase those of \(small)") { transaction in
                try transaction.eraseUploads(job: try transaction.jobRow(small))
                return ""
            },
        ].randomElement(using: &generator) ?? upload(one, other, isTimed: true)
    }

    private static func job(_ one: Int, _ small: Int, using generator: inout SplitMix) -> Act {
        let phase =
            [JobPhase.planned, .bound, .opened, .finished, .abandoned].randomElement(using: &generator) ?? .bound
        let step = UInt16.random(in: 0...2, using: &generator)
        return [
            Act("shard \(one) of \(small), \(phase)") { transaction in
                _ = try transaction.insertJob(.numbered(one % 3, of: small, ordinal: one, phase: phase) as ShardRecord)
                return ""
            },
            Act("job \(one), \(phase)") { transaction in
                _ = try transaction.insertJob(.numbered(one % 3, phase: phase) as BatchJobRecord)
                return ""
            },
            Act("job \(small) is \(phase)") { transaction in
                let id = AggregationJobID(small)
                if var job = try transaction.shard(id: id) {
                    job.phase = phase
                    try transaction.updateJob(job)
                } else if var job = try transaction.batchJob(id: id) {
                    (job.phase, job.lastTime, job.request) = (phase, UInt64(one), [1])
                    try transaction.updateJob(job)
                }
                return ""
            },
            Act("evaluate \(step) of \(small)") {
                "\(try $0.recordEvaluation(job: try $0.jobRow(small), step: step, digest: bytes(one % 2)))"
            },
            Act("commit \(step) of \(small)") { transaction in
                guard var job = try transaction.shard(id: AggregationJobID(small)) else { return "none" }
                (job.committedSteps, job.evaluateDigest, job.sum) = (step, [], [UInt8(one)])
                return "\(try transaction.commitShard(job))"
            },
        ].randomElement(using: &generator) ?? upload(one, small, isTimed: true)
    }

    private static func walk(_ small: Int, _ one: Int, _ other: Int, using generator: inout SplitMix) -> Act {
        [
            Act("end \(small)") { transaction in
                var walk = try transaction.walk(small)
                walk.end = one % 2 == 0 ? .completed : nil
                try transaction.updateWalk(walk)
                return ""
            },
            Act("walk \(small)") { transaction in
                try transaction.insertWalk(.plain(small))
                return ""
            },
            Act("step \(one) of \(small)") { transaction in
                try transaction.insertStep(.numbered(UInt16(one), of: small, parameter: other))
                return ""
            },
            Act("release step \(one) of \(small)") { transaction in
                var step = StepRecord.numbered(UInt16(one), of: small, parameter: other)
                step.reportCount = UInt64(other)
                try transaction.updateStep(step)
                return ""
            },
            Act("claim \(one) for \(small)") { "\(try $0.claimBucket(UInt64(one), walk: WalkID(small)))" },
            Act("reject \(other) of \(small)") { transaction in
                try transaction.addRejected(
                    RejectedReports(
                        party: one % 2 == 0 ? .leader : .helper, reason: .invalidMessage, count: UInt64(other)),
                    of: RejectionSubject(WalkID(small)))
                return "\(String(describing: try transaction.rejectedReports(of: RejectionSubject(WalkID(small)))))"
            },
            Act("turn \(other) away in \(small)") { transaction in
                try transaction.addCount(
                    .vdafVerifyError, at: .verification(step: UInt16(one), level: other), other,
                    in: one % 2 == 0 ? WalkID(small) : nil)
                return ""
            },
        ].randomElement(using: &generator) ?? upload(one, other, isTimed: true)
    }

    private static func collection(
        _ one: Int, _ other: Int, _ small: Int, using generator: inout SplitMix
    ) -> Act {
        let times = UInt64(min(one, other))...UInt64(max(one, other))
        let state =
            [ResourceRecord.State.running, .released, .failed, .deleted].randomElement(using: &generator) ?? .running
        return [
            Act("collect \(times)") { transaction in
                guard one == other else { return "\(try transaction.isCollected(.times(times)))" }
                try transaction.markCollected(.times(times))
                return ""
            },
            Act("put \(one), \(other)") { transaction in
                try transaction.putBucket(.at(UInt64(one), count: UInt64(other)))
                return "\(try transaction.countCommitted(.times(times)))"
            },
            Act("erase shares \(times)") { transaction in
                try transaction.eraseShares(.times(times))
                return ""
            },
            Act("resource \(one)") { transaction in
                try transaction.insertResource(.numbered(one, digest: small))
                return ""
            },
            Act("resource \(one) is \(state)") { transaction in
                var resource = ResourceRecord.numbered(one, digest: small)
                (resource.state, resource.response) = (state, [UInt8(other)])
                try transaction.updateResource(resource)
                return ""
            },
            Act("select \(one)") { transaction in
                let batch = SelectedBatchRecord(id: BatchID(one), parameter: [1])
                if try transaction.selectedBatch(batch.id) == nil { try transaction.insertSelectedBatch(batch) }
                try transaction.updateSelectedBatch(
                    SelectedBatchRecord(id: batch.id, parameter: [2], isOpen: other % 2 == 0, isClaimed: small == 0))
                return ""
            },
        ].randomElement(using: &generator) ?? upload(one, other, isTimed: true)
    }
}

/// A small generator whose numbers follow from its seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
