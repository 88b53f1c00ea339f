#if PostgreSQL
import Aggregator
import PopulusDAP

/// Aggregation jobs of batch tasks.
extension PostgreSQLTransaction {
    private static let columns =
        head + [
            "batch_id", "parameter", "key_id", "step", "continue_digest", "request", "continue_request", "response",
            "first_time", "last_time",
        ]
    /// Up to megabytes each.
    private static let large: Set<String> = ["request", "continue_request", "response", "refusals"]
    private static let selection = "SELECT id, \(columns.joined(separator: ", ")) FROM job"
    private static let smallSelection =
        "SELECT id, \(columns.map { large.contains($0) ? "''::bytea" : $0 }.joined(separator: ", ")) FROM job"
    private static let open = "kind = 'batch' AND phase NOT IN ('finished', 'abandoned')"

    func insertJob(_ job: BatchJobRecord) throws -> Int64 { try insertJob(.batch, Self.columns, try values(of: job)) }

    func updateJob(_ job: BatchJobRecord) throws {
        try updateJob(.batch, Self.columns, try values(of: job), row: job.row)
    }

    /// In the order of `columns`.
    private func values(of job: BatchJobRecord) throws -> [PostgreSQLValue] {
        head(of: job) + [
            .id(job.batchID), .bytes(job.parameter), .number(job.verificationKeyID), .number(job.step),
            .bytes(job.continueDigest), .bytes(try seal.sealing(job.request, at: job.cell(.request))),
            .bytes(try seal.sealing(job.continueRequest, at: job.cell(.continueRequest))),
            .bytes(try seal.sealing(job.response, at: job.cell(.response))),
            .number(job.firstTime), .number(job.lastTime),
        ]
    }

    func batchJob(row: Int64) throws -> BatchJobRecord? {
        try db.one(
            "\(Self.selection) WHERE id = $1 AND task = $2 AND kind = 'batch'", [.integer(row), .integer(task)],
            batchJob(columns:))
    }

    func batchJob(id: AggregationJobID) throws -> BatchJobRecord? {
        try db.one(
            "\(Self.selection) WHERE task = $1 AND job_id = $2 AND kind = 'batch'", [.integer(task), .id(id)],
            batchJob(columns:))
    }

    private func batchJob(columns: inout PostgreSQLColumns) throws -> BatchJobRecord {
        var job = try BatchJobRecord(columns: &columns)
        job.progress.request = try seal.opening(job.request, at: job.cell(.request))
        job.progress.continueRequest = try seal.opening(job.continueRequest, at: job.cell(.continueRequest))
        job.progress.response = try seal.opening(job.response, at: job.cell(.response))
        return job
    }

    func openBatchJobs() throws -> [BatchJobRecord] {
        try db.all(
            "\(Self.smallSelection) WHERE task = $1 AND \(Self.open) ORDER BY id", [.integer(task)],
            batchJob(columns:))
    }

    /// `OFFSET 0` has PostgreSQL look at each job by itself, and not at all bindings and reports that there are.
    func openBatchJobs(times: Range<UInt64>) throws -> [BatchJobRecord] {
        try db.all(
            """
            \(Self.smallSelection) WHERE task = $1 AND \(Self.open) AND EXISTS
            (SELECT FROM binding, LATERAL (SELECT time FROM report WHERE report.id = binding.id OFFSET 0) AS report
                WHERE binding.job = job.id AND binding.task = $1 AND time >= $2 AND time < $3 OFFSET 0)
            ORDER BY id
            """, range(times), batchJob(columns:))
    }

    func waitingBatchJobs() throws -> [AggregationJobID] {
        try ids(
            """
            SELECT job_id FROM job WHERE task = $1 AND \(Self.open) AND phase = 'bound'
                AND length(CASE step WHEN 0 THEN request ELSE continue_request END) > 0 ORDER BY id
            """, [.integer(task)])
    }

    /// Jobs of a Leader have such a time too, and it does not ask.
    func openBatchJobs(untouchedSince time: UInt64) throws -> [AggregationJobID] {
        try ids(
            "SELECT job_id FROM job WHERE task = $1 AND \(Self.open) AND last_time > 0 AND last_time < $2 ORDER BY id",
            [.integer(task), .number(time)])
    }

    private func ids(_ sql: String, _ arguments: [PostgreSQLValue]) throws -> [AggregationJobID] {
        try db.all(sql, arguments) { columns in try columns.optional { try $0.identifier(AggregationJobID.self) } }
            .compactMap { $0 }
    }
}

extension BatchJobRecord {
    /// In the order of `selection`; its messages as they are kept.
    fileprivate init(columns: inout PostgreSQLColumns) throws {
        let row = try columns.integer()
        let jobID = try columns.optional { try $0.identifier(AggregationJobID.self) }
        let phase: JobPhase = try columns.named()
        let initDigest = try columns.bytes()
        let reportCount = Int(try columns.number(UInt32.self))
        let refusals = try columns.bytes()
        let batchID = try columns.optional { try $0.identifier(BatchID.self) }
        let parameter = try columns.bytes()
        self.init(parameter: parameter, verificationKeyID: try columns.number(), phase: phase)
        (self.row, self.jobID, self.initDigest) = (row, jobID, initDigest)
        (self.reportCount, self.refusals, progress.batchID) = (reportCount, refusals, batchID)
        progress.step = try columns.number()
        progress.continueDigest = try columns.bytes()
        progress.request = try columns.bytes()
        progress.continueRequest = try columns.bytes()
        progress.response = try columns.bytes()
        progress.firstTime = try columns.number()
        progress.lastTime = try columns.number()
    }
}
#endif
