import Aggregator
import PopulusDAP

/// Aggregation jobs of both kinds, in one sequence of rows.
extension MemoryTransaction {
    private func insert<Progress>(_ job: JobRecord<Progress>, _ wrap: (JobRecord<Progress>) -> MemoryJob) throws
        -> Int64
    {
        var job = job
        job.row = row(tables.jobs.count)
        try checkID(of: job)
        try change { $0.jobs.append(wrap(job)) }
        return job.row
    }

    private func checkID<Progress>(of job: JobRecord<Progress>) throws {
        guard let id = job.jobID else { return }
        for (place, other) in tables.jobs.enumerated() where other.id == id && row(place) != job.row {
            throw Self.taken("job_id")
        }
    }

    private func job(_ row: Int64) -> MemoryJob? { place(row, in: tables.jobs.count).map { tables.jobs[$0] } }

    private func replace(_ row: Int64, by job: MemoryJob) throws {
        try change { tables in
            guard let place = place(row, in: tables.jobs.count) else { return }
            tables.jobs[place] = job
        }
    }

    // MARK: Shards of walks

    func insertJob(_ job: ShardRecord) throws -> Int64 {
        guard try shards(job.walk).allSatisfy({ $0.ordinal != job.ordinal }) else { throw Self.taken("ordinal") }
        return try insert(job, MemoryJob.walk)
    }

    func updateJob(_ job: ShardRecord) throws {
        guard try shard(row: job.row) != nil else { throw Self.missing("there is no shard of row \(job.row)") }
        try checkID(of: job)
        try replace(job.row, by: .walk(job))
    }

    func shard(row: Int64) throws -> ShardRecord? {
        guard case .walk(let job) = job(row) else { return nil }
        return job
    }

    private var shards: some Sequence<ShardRecord> {
        tables.jobs.lazy.compactMap { job -> ShardRecord? in
            guard case .walk(let job) = job else { return nil }
            return job
        }
    }

    func shard(id: AggregationJobID) throws -> ShardRecord? { shards.first { $0.jobID == id } }

    func shards(_ walk: WalkID) throws -> [ShardRecord] {
        shards.filter { $0.walk == walk }.sorted { $0.ordinal < $1.ordinal }
    }

    func recordEvaluation(job row: Int64, step: UInt16, digest: [UInt8]) throws -> Bool {
        // Also one that comes to nothing was asked for.
        try change(marking: true) { _ in }
        guard var job = try shard(row: row), job.phase == .opened, job.committedSteps == step,
            job.evaluateDigest.isEmpty || job.evaluateDigest == digest
        else { return false }
        job.evaluateDigest = digest
        try replace(row, by: .walk(job))
        return true
    }

    func commitShard(_ job: ShardRecord) throws -> Bool {
        guard var stored = try shard(row: job.row), stored.phase != .finished,
            stored.committedSteps + 1 == job.committedSteps
        else { return false }
        stored.phase = job.phase
        let (walk, ordinal, rows) = (stored.walk, stored.ordinal, (stored.firstRow, stored.lastRow))
        stored.progress = job.progress
        // What a commit does not change.
        (stored.walk, stored.ordinal) = (walk, ordinal)
        (stored.firstRow, stored.lastRow) = rows
        try replace(job.row, by: .walk(stored))
        return true
    }

    // MARK: Jobs of batches

    func insertJob(_ job: BatchJobRecord) throws -> Int64 { try insert(job, MemoryJob.batch) }

    func updateJob(_ job: BatchJobRecord) throws {
        guard try batchJob(row: job.row) != nil else { throw Self.missing("there is no job of row \(job.row)") }
        try checkID(of: job)
        try replace(job.row, by: .batch(job))
    }

    func batchJob(row: Int64) throws -> BatchJobRecord? {
        guard case .batch(let job) = job(row) else { return nil }
        return job
    }

    private var batchJobs: some Sequence<BatchJobRecord> {
        tables.jobs.lazy.compactMap { job -> BatchJobRecord? in
            guard case .batch(let job) = job else { return nil }
            return job
        }
    }

    func batchJob(id: AggregationJobID) throws -> BatchJobRecord? { batchJobs.first { $0.jobID == id } }

    func openBatchJobs() throws -> [BatchJobRecord] {
        batchJobs.filter { $0.phase != .finished && $0.phase != .abandoned }.map { job in
            var job = job
            (job.request, job.continueRequest, job.response, job.refusals) = ([], [], [], [])
            return job
        }
    }

    func openBatchJobs(times: Range<UInt64>) throws -> [BatchJobRecord] {
        let rows = Set(tables.reports.lazy.filter { times.contains($0.time) }.compactMap { $0.binding?.job })
        return try openBatchJobs().filter { rows.contains($0.row) }
    }

    func openBatchJobs(untouchedSince time: UInt64) throws -> [AggregationJobID] {
        try openBatchJobs().filter { $0.lastTime > 0 && $0.lastTime < time }.compactMap(\.jobID)
    }

    func waitingBatchJobs() throws -> [AggregationJobID] {
        batchJobs.filter { $0.phase == .bound && !($0.step == 0 ? $0.request : $0.continueRequest).isEmpty }
            .compactMap(\.jobID)
    }
}
