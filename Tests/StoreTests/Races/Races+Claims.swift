import Aggregator
import PopulusDAP

/// Where processes meet over work: only in stores that take several.
extension Race {
    static let ofClaims = [
        Race(
            "two processes that take the same work", prepare: { _ in }, ready: announced,
            { try $0.taken(work) }, { try $0.taken(work) },
            fault: {
                let owner = try $0.owner(of: work)
                return [$1.first, $1.second].sorted() == ["another one's", "its own"] && owner?.isAlive == true
                    ? nil : "\($1.first), \($1.second): \(owner as Any)"
            }),
        Race(
            "two processes that take the work of one that has ended", prepare: { _ in }, ready: leftBehind,
            // The one that has ended may have it again: nobody else has.
            { try $0.taken(work) }, { try $0.taken(work) },
            fault: { transaction, outcome in
                let (owner, old) = (try transaction.owner(of: work), try transaction.oldClaim(to: work))
                return outcome.second == "its own" && owner?.isAlive == true && (owner?.token ?? 0) > old.token
                    ? nil : "\(outcome.first), \(outcome.second): \(owner as Any)"
            }),
        Race(
            "an old owner's write, and the process that takes its work", prepare: { _ in }, ready: leftBehind,
            { transaction in
                guard try transaction.holds(transaction.oldClaim(to: work)) else { return "refused" }
                try transaction.putBucket(.at(1, count: 1))
                return "written"
            },
            { "\(try $0.taken(work)), \(try $0.countCommitted(.times(1...1)))" },
            fault: { transaction, outcome in
                // Whoever takes the work has seen all that its old owner will ever have written of it.
                let count = try transaction.countCommitted(.times(1...1))
                return outcome.second == "its own, \(count)" && (count == 1) == (outcome.first == "written")
                    ? nil : "\(outcome.first); the new one saw \(outcome.second) of \(count)"
            }),
        Race(
            "an old owner's note, and the process that takes its work", prepare: { _ in }, ready: leftBehind,
            { "\(try $0.note($0.oldClaim(to: work), progress: 5))" }, { try $0.taken(work) },
            fault: { transaction, outcome in
                let owner = try transaction.owner(of: work)
                return outcome.second == "its own" && owner?.progress == 0
                    ? nil : "\(outcome.first), \(outcome.second): \(owner as Any)"
            }),
        Race(
            "an old owner's commit, and the new one's", prepare: shard, ready: leftBehind,
            { transaction in
                guard try transaction.holds(transaction.oldClaim(to: work)) else { return "refused" }
                return try transaction.commitStep(transcript: [1])
            },
            { transaction in
                _ = try transaction.take(work)
                return try transaction.commitStep(transcript: [2])
            },
            fault: { transaction, outcome in
                let transcript = try transaction.shard(id: AggregationJobID(1))?.transcript
                switch (outcome.first, outcome.second) {
                case ("true", "false"): return transcript == [1] ? nil : "the old one's commit was replaced"
                case ("refused", "true"): return transcript == [2] ? nil : "the new one's commit was replaced"
                default: return "\(outcome.first), \(outcome.second)"
                }
            }),
        Race(
            "work that is over, and a process that takes it", prepare: shard, ready: leftBehind,
            { transaction in
                try transaction.end(1)
                try transaction.forget(work)
                return "ended"
            },
            { transaction in
                guard try transaction.walkEnd(WalkID(1)) == nil else { return "over" }
                return try transaction.taken(work)
            },
            fault: { transaction, outcome in
                let owner = try transaction.owner(of: work)
                return ["over", "its own"].contains(outcome.second) && owner == nil
                    ? nil : "\(outcome.second): \(owner as Any)"
            }),
    ]

    private static let work = Work.job(AggregationJobID(1))

    private static let announced: @Sendable (any TaskStore, any TaskStore) async throws -> Void = { one, other in
        try await one.replica.announce("one")
        try await other.replica.announce("other")
    }

    /// The first has some work, and counts as dead.
    private static let leftBehind: @Sendable (any TaskStore, any TaskStore) async throws -> Void = { one, other in
        try await announced(one, other)
        let work = work
        try await one.write("race") { transaction in
            guard let claim = try transaction.take(work) else { throw Missing(what: "the first claim") }
            try transaction.keep(claim)
        }
        try await one.replica.withdraw()
    }

    private static let shard: @Sendable (any StoreTransaction) throws -> Void = { transaction in
        try transaction.insertWalk(.plain(1))
        var job = ShardRecord.numbered(1, of: 1)
        job.committedSteps = 1
        _ = try transaction.insertJob(job)
    }
}

extension StoreTransaction {
    /// Keeps a claim for ``oldClaim(to:)``, where no image of the task shows it: tokens differ from run to run.
    fileprivate func keep(_ claim: Claim) throws {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: claim.token >> (56 - 8 * $0)) }
        try insertSelectedBatch(SelectedBatchRecord(id: BatchID(99), parameter: bytes, isOpen: false))
    }

    /// The claim that the first process had before.
    fileprivate func oldClaim(to work: Work) throws -> Claim {
        let bytes = try selectedBatch(BatchID(99))?.parameter ?? []
        return Claim(work: work, token: bytes.reduce(0) { $0 << 8 | Int64($1) })
    }

    fileprivate func commitStep(transcript: [UInt8]) throws -> String {
        guard var job = try shard(id: AggregationJobID(1)) else { return "missing" }
        (job.committedSteps, job.transcript) = (2, transcript)
        return "\(try commitShard(job))"
    }
}
