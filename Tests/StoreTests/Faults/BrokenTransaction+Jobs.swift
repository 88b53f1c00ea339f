import Aggregator
import PopulusDAP

extension BrokenTransaction {
    // MARK: Shards of walks

    func insertJob(_ job: ShardRecord) throws -> Int64 {
        var job = job
        if try isShared(job.jobID) { job.jobID = nil }
        return try writing { [job] in try $0.insertJob(job) }
    }

    /// Whether a job of that ID is there, and that does not matter.
    ///
    /// It is looked for: in some stores a transaction in which something failed can only be undone.
    private func isShared(_ id: AggregationJobID?) throws -> Bool {
        guard fault == .shareJobIDs, let id else { return false }
        return try shard(id: id) != nil || batchJob(id: id) != nil
    }

    func updateJob(_ job: ShardRecord) throws {
        if fault == .loseUpdates { return }
        elsewhere(.updateOthers) { transaction in
            guard let id = job.jobID, let other = try transaction.shard(id: id) else { return }
            var changed = job
            changed.row = other.row
            try transaction.updateJob(changed)
        }
        try writing { try $0.updateJob(job) }
    }

    func shard(row: Int64) throws -> ShardRecord? {
        let shard = try reading { try $0.shard(row: row) }
        guard fault == .mixKinds, shard == nil, let job = try batchJob(row: row) else { return shard }
        return ShardRecord(walk: WalkID(0), ordinal: 0, phase: job.phase)
    }

    func shard(id: AggregationJobID) throws -> ShardRecord? { try reading { try $0.shard(id: id) } }

    func shards(_ walk: WalkID) throws -> [ShardRecord] { try reading { try $0.shards(walk) } }

    func recordEvaluation(job row: Int64, step: UInt16, digest: [UInt8]) throws -> Bool {
        let isNoted = try writing { try $0.recordEvaluation(job: row, step: step, digest: digest) }
        guard fault == .overwriteEvaluations, !isNoted, var job = try reading({ try $0.shard(row: row) }),
            job.committedSteps == step
        else { return isNoted }
        job.evaluateDigest = digest
        try writing { [job] in try $0.updateJob(job) }
        return true
    }

    func commitShard(_ job: ShardRecord) throws -> Bool {
        guard fault == .commitAnything else { return try writing { try $0.commitShard(job) } }
        try writing { try $0.updateJob(job) }
        return true
    }

    // MARK: Jobs of batches

    func insertJob(_ job: BatchJobRecord) throws -> Int64 {
        var job = job
        if try isShared(job.jobID) { job.jobID = nil }
        return try writing { [job] in try $0.insertJob(job) }
    }

    func updateJob(_ job: BatchJobRecord) throws { try writing { try $0.updateJob(job) } }

    func batchJob(row: Int64) throws -> BatchJobRecord? { try reading { try $0.batchJob(row: row) } }

    func batchJob(id: AggregationJobID) throws -> BatchJobRecord? { try reading { try $0.batchJob(id: id) } }

    func openBatchJobs() throws -> [BatchJobRecord] { try reading { try $0.openBatchJobs() } }

    func openBatchJobs(times: Range<UInt64>) throws -> [BatchJobRecord] {
        try reading { try $0.openBatchJobs(times: times) }
    }

    func openBatchJobs(untouchedSince time: UInt64) throws -> [AggregationJobID] {
        try reading { try $0.openBatchJobs(untouchedSince: time) }
    }

    func waitingBatchJobs() throws -> [AggregationJobID] { try reading { try $0.waitingBatchJobs() } }
}
