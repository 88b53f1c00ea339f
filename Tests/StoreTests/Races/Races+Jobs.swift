import Aggregator
import PopulusDAP

/// Where jobs meet: over one report (rule 1), over one step, at an end (rule 8).
extension Race {
    static let ofJobs = [
        Race(
            "two jobs over one report", prepare: twoJobs,
            { "\(try $0.bind(5, to: try $0.jobRow(1)))" },
            { "\(try $0.bind(5, to: try $0.jobRow(2)))" },
            fault: { transaction, outcome in
                let bound = try [1, 2].map { try transaction.boundReports(job: try transaction.jobRow($0)).count }
                guard [outcome.first, outcome.second].sorted() == ["false", "true"] else {
                    return "\(outcome.first), \(outcome.second)"
                }
                return bound == (outcome.first == "true" ? [1, 0] : [0, 1]) ? nil : "it is bound to \(bound)"
            }),
        Race(
            "two jobs over uploads that they have in common", prepare: twoJobs,
            { transaction in
                let rows = try [1, 2].map { try transaction.row(of: $0) }
                try transaction.bindReports(rows: rows, job: try transaction.jobRow(1), keyID: 7)
                return "true"
            },
            { transaction in
                let rows = try [2, 3].map { try transaction.row(of: $0) }
                try transaction.bindReports(rows: rows, job: try transaction.jobRow(2), keyID: 7)
                return "true"
            },
            fault: { transaction, outcome in
                let bound = try [1, 2].map { try transaction.boundReports(job: try transaction.jobRow($0)).count }
                return [outcome.first, outcome.second].sorted() == ["failed", "true"] && bound.sorted() == [0, 2]
                    ? nil : "\(outcome.first), \(outcome.second), bound: \(bound)"
            }),
        Race(
            "a job that takes what waits, and another one", prepare: twoJobs,
            { try $0.bindWhatWaits(1) }, { try $0.bindWhatWaits(2) },
            fault: { transaction, _ in
                let bound = try [1, 2].map { try transaction.boundReports(job: try transaction.jobRow($0)).count }
                return bound.sorted() == [0, 3] ? nil : "bound: \(bound)"
            }),
        Race(
            "a job that binds a report, and the one that gives it back",
            prepare: { transaction in
                try twoJobs(transaction)
                try transaction.bind(5, to: try transaction.jobRow(1))
            },
            { "\(try $0.releaseReports(job: try $0.jobRow(1), attemptsBelow: .max))" },
            { "\(try $0.bind(5, to: try $0.jobRow(2)))" },
            fault: { transaction, outcome in
                let bound = try [1, 2].map { try transaction.boundReports(job: try transaction.jobRow($0)).count }
                return bound == (outcome.second == "true" ? [0, 1] : [0, 0])
                    ? nil : "bound: \(bound), \(outcome.second)"
            }),
        Race(
            "a job that binds a report, and its own end", prepare: twoJobs,
            { transaction in
                // As a Helper does: only into a job that goes on.
                guard let job = try transaction.batchJob(id: AggregationJobID(1)), job.phase == .bound else {
                    return "ended"
                }
                return "\(try transaction.bind(5, to: job.row))"
            },
            { transaction in
                guard var job = try transaction.batchJob(id: AggregationJobID(1)) else { return "missing" }
                job.phase = .abandoned
                try transaction.updateJob(job)
                return "\(try transaction.releaseReports(job: job.row, attemptsBelow: .max))"
            },
            fault: { transaction, outcome in
                let count = try transaction.boundReports(job: try transaction.jobRow(1)).count
                return count == 0
                    ? nil : "a job that has ended has \(count) reports: \(outcome.first), \(outcome.second)"
            }),
        Race(
            "a shard's commit and the end of its walk", prepare: shard,
            { transaction in
                guard try transaction.walkEnd(WalkID(1)) == nil,
                    var job = try transaction.shard(id: AggregationJobID(1))
                else { return "ended" }
                (job.committedSteps, job.sum) = (2, [9])
                return "\(try transaction.commitShard(job))"
            },
            { transaction in
                var walk = try transaction.walk(1)
                walk.end = .abandoned
                try transaction.updateWalk(walk)
                for var job in try transaction.shards(WalkID(1)) {
                    (job.phase, job.sum) = (.finished, [])
                    try transaction.updateJob(job)
                }
                return ""
            },
            fault: { transaction, outcome in
                let job = try transaction.shard(id: AggregationJobID(1))
                let wanted: UInt16 = outcome.first == "true" ? 2 : 1
                return job?.committedSteps == wanted && job?.phase == .finished && job?.sum == []
                    ? nil : "the commit was \(outcome.first), and the shard is \(job as Any)"
            }),
        Race(
            "two commits of one step", prepare: shard, { try $0.commit(1, transcript: [1]) },
            { try $0.commit(1, transcript: [2]) },
            fault: { transaction, outcome in
                let transcript = try transaction.shard(id: AggregationJobID(1))?.transcript
                return [outcome.first, outcome.second].sorted() == ["false", "true"]
                    && transcript == (outcome.first == "true" ? [1] : [2])
                    ? nil : "\(outcome.first), \(outcome.second): \(transcript ?? [])"
            }),
        Race(
            "two evaluate requests of one step", prepare: shard,
            { "\(try $0.recordEvaluation(job: try $0.jobRow(1), step: 1, digest: [1]))" },
            { "\(try $0.recordEvaluation(job: try $0.jobRow(1), step: 1, digest: [2]))" },
            fault: { transaction, outcome in
                let digest = try transaction.shard(id: AggregationJobID(1))?.evaluateDigest
                return [outcome.first, outcome.second].sorted() == ["false", "true"]
                    && digest == (outcome.first == "true" ? [1] : [2])
                    ? nil : "\(outcome.first), \(outcome.second): \(digest ?? [])"
            }),
        Race(
            "two steps of one number", prepare: shard,
            { transaction in
                try transaction.insertStep(.numbered(1, of: 1, parameter: 1))
                return "true"
            },
            { transaction in
                try transaction.insertStep(.numbered(1, of: 1, parameter: 2))
                return "true"
            },
            fault: { transaction, outcome in
                let parameter = try transaction.step(WalkID(1), 1)?.parameter
                return [outcome.first, outcome.second].sorted() == ["failed", "true"]
                    && parameter == bytes(outcome.first == "true" ? 1 : 2)
                    ? nil : "\(outcome.first), \(outcome.second)"
            }),
        Race(
            "a step and the end of its walk", prepare: shard,
            { transaction in
                guard try transaction.walkEnd(WalkID(1)) == nil else { return "ended" }
                try transaction.insertStep(.numbered(1, of: 1))
                return "recorded"
            },
            { transaction in
                var walk = try transaction.walk(1)
                guard try transaction.lastStep(walk.id) == nil else { return "goes on" }
                walk.end = .abandoned
                try transaction.updateWalk(walk)
                return "ended"
            },
            fault: { transaction, outcome in
                let isEnded = try transaction.walkEnd(WalkID(1)) != nil
                let count = try transaction.steps(WalkID(1), from: 0).count
                return isEnded == (count == 0) ? nil : "ended: \(isEnded), steps: \(count), \(outcome.first)"
            }),
        Race(
            "two shards of one ID", prepare: { try $0.insertWalk(.plain(1)) },
            { "\(try $0.insertJob(ShardRecord.numbered(1, of: 1)) > 0)" },
            { "\(try $0.insertJob(ShardRecord.numbered(1, of: 1, ordinal: 1)) > 0)" },
            fault: {
                let count = try $0.shards(WalkID(1)).count
                return count == 1 && [$1.first, $1.second].sorted() == ["failed", "true"] ? nil : "shards: \(count)"
            }),
        Race(
            "two resources of one ID", prepare: { _ in },
            { transaction in
                try transaction.insertResource(.numbered(1, digest: 1))
                return "true"
            },
            { transaction in
                try transaction.insertResource(.numbered(1, digest: 2))
                return "true"
            },
            fault: { transaction, outcome in
                let digest = try transaction.resource(ResourceID(1))?.requestDigest
                let count = try transaction.runningResources().count
                return [outcome.first, outcome.second].sorted() == ["failed", "true"] && count == 1
                    && digest == bytes(outcome.first == "true" ? 1 : 2)
                    ? nil : "\(outcome.first), \(outcome.second), running: \(count)"
            }),
        Race(
            "two walks over one time (Helper)",
            prepare: { transaction in for number in 1...2 { try transaction.insertWalk(.plain(number)) } },
            { "\(try $0.claimBucket(5, walk: WalkID(1)))" }, { "\(try $0.claimBucket(5, walk: WalkID(2)))" },
            fault: {
                try $0.walks().count == 2 && [$1.first, $1.second].sorted() == ["false", "true"]
                    ? nil : "\($1.first), \($1.second)"
            }),
        Race(
            "two uploads of one ID", scopes: [.first: .uploads, .second: .uploads], prepare: { _ in },
            { "\(try $0.upload(1, time: 2))" }, { "\(try $0.upload(1, time: 3))" },
            fault: {
                let count = try $0.countReports(in: .all)
                return [$1.first, $1.second].sorted() == ["replayed", "stored"] && count == 1
                    ? nil : "\($1.first), \($1.second), there: \(count)"
            }),
    ]

    private static let twoJobs: @Sendable (any StoreTransaction) throws -> Void = { transaction in
        for number in 1...3 { try transaction.upload(number) }
        for number in 1...2 { _ = try transaction.insertJob(BatchJobRecord.numbered(number)) }
    }

    /// A walk with one shard, which has committed a step.
    private static let shard: @Sendable (any StoreTransaction) throws -> Void = { transaction in
        try transaction.insertWalk(.plain(1))
        var job = ShardRecord.numbered(1, of: 1)
        (job.committedSteps, job.sum) = (1, [8])
        _ = try transaction.insertJob(job)
    }
}

extension StoreTransaction {
    /// Gives all that waits to a job of a batch, as a Leader does, and says how much that was.
    fileprivate func bindWhatWaits(_ job: Int) throws -> String {
        let rows = try waitingReports(times: .all, limit: .max).map(\.row)
        try bindReports(rows: rows, job: try jobRow(job), keyID: 7)
        return "\(rows.count)"
    }

    /// Commits the second step of a shard.
    fileprivate func commit(_ number: Int, transcript: [UInt8]) throws -> String {
        guard var job = try shard(id: AggregationJobID(number)) else { return "missing" }
        // What it stood at when the evaluation began.
        (job.committedSteps, job.transcript) = (2, transcript)
        return "\(try commitShard(job))"
    }
}

extension StorePromise {
    static let races = (Race.ofBatches + Race.ofJobs + Race.ofUploads + Race.ofSums + Race.ofClaims).map(\.promise)
}
