import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// Aggregation jobs of batch tasks.
extension SQLiteTransaction {
    private static let columns =
        head + [
            "batch_id", "parameter", "key_id", "step", "continue_digest", "request", "continue_request", "response",
            "first_time", "last_time",
        ]
    /// Up to megabytes each.
    private static let large: Set<String> = ["request", "continue_request", "response", "refusals"]
    private static let small =
        "id, " + columns.map { large.contains($0) ? "x'' AS \($0)" : $0 }.joined(separator: ", ")
    private static let open = "kind = 'batch' AND phase NOT IN ('finished', 'abandoned')"

    func insertJob(_ job: BatchJobRecord) throws -> Int64 { try insertJob(.batch, Self.columns, try values(of: job)) }

    func updateJob(_ job: BatchJobRecord) throws {
        try updateJob(.batch, Self.columns, try values(of: job), row: job.row)
    }

    /// In the order of `columns`.
    private func values(of job: BatchJobRecord) throws -> [(any DatabaseValueConvertible)?] {
        head(of: job) + [
            job.batchID.map { Data($0.bytes) }, Data(job.parameter), Int(job.verificationKeyID), Int(job.step),
            Data(job.continueDigest), Data(try seal.sealing(job.request, at: job.cell(.request))),
            Data(try seal.sealing(job.continueRequest, at: job.cell(.continueRequest))),
            Data(try seal.sealing(job.response, at: job.cell(.response))),
            signed(job.firstTime), signed(job.lastTime),
        ]
    }

    func batchJob(row: Int64) throws -> BatchJobRecord? {
        try first("SELECT * FROM job WHERE id = ? AND task = ? AND kind = 'batch'", [row, task])
            .map(batchJob(of:))
    }

    func batchJob(id: AggregationJobID) throws -> BatchJobRecord? {
        try first("SELECT * FROM job WHERE job_id = ? AND task = ? AND kind = 'batch'", [Data(id.bytes), task])
            .map(batchJob(of:))
    }

    func openBatchJobs() throws -> [BatchJobRecord] {
        try batchJobs("SELECT \(Self.small) FROM job WHERE task = ? AND \(Self.open) ORDER BY id", [task])
    }

    func openBatchJobs(times: Range<UInt64>) throws -> [BatchJobRecord] {
        try batchJobs(
            """
            SELECT \(Self.small) FROM job WHERE task = ? AND \(Self.open) AND EXISTS
            (SELECT 1 FROM report WHERE report.job = job.id AND report.time >= ? AND report.time < ?)
            ORDER BY id
            """, [task, signed(times.lowerBound), signed(times.upperBound)])
    }

    private func batchJobs(_ sql: String, _ arguments: StatementArguments) throws -> [BatchJobRecord] {
        let cursor = try rows(sql, arguments)
        var jobs: [BatchJobRecord] = []
        while let row = try cursor.next() { jobs.append(try batchJob(of: row)) }
        return jobs
    }

    private func batchJob(of row: Row) throws -> BatchJobRecord {
        var job = try BatchJobRecord(row: row)
        job.progress.request = try seal.opening(job.request, at: job.cell(.request))
        job.progress.continueRequest = try seal.opening(job.continueRequest, at: job.cell(.continueRequest))
        job.progress.response = try seal.opening(job.response, at: job.cell(.response))
        return job
    }
}

extension SQLiteTransaction {
    func waitingBatchJobs() throws -> [AggregationJobID] {
        try ids(
            """
            SELECT job_id FROM job WHERE task = ? AND \(Self.open) AND phase = 'bound'
            AND length(CASE step WHEN 0 THEN request ELSE continue_request END) > 0 ORDER BY id
            """, [task])
    }

    /// Jobs that an earlier version began have no such time, and stay.
    func openBatchJobs(untouchedSince time: UInt64) throws -> [AggregationJobID] {
        try ids(
            """
            SELECT job_id FROM job WHERE task = ? AND \(Self.open) AND last_time > 0 AND last_time < ? ORDER BY id
            """, [task, signed(time)])
    }

    private func ids(_ sql: String, _ arguments: StatementArguments) throws -> [AggregationJobID] {
        let cursor = try rows(sql, arguments)
        var ids: [AggregationJobID] = []
        while let row = try cursor.next() {
            if let id: AggregationJobID = try row.identifier("job_id") { ids.append(id) }
        }
        return ids
    }
}

extension BatchJobRecord {
    /// Its messages as they are kept.
    fileprivate init(row: Row) throws {
        self.init(
            parameter: try row.bytes("parameter"), verificationKeyID: try row.number("key_id"),
            phase: try row.named("phase"))
        self.row = try row.integer("id")
        jobID = try row.identifier("job_id")
        initDigest = try row.bytes("init_digest")
        reportCount = Int(try row.number("report_count", as: UInt32.self))
        refusals = try row.bytes("refusals")
        progress.batchID = try row.identifier("batch_id")
        progress.step = try row.number("step")
        progress.continueDigest = try row.bytes("continue_digest")
        progress.request = try row.bytes("request")
        progress.continueRequest = try row.bytes("continue_request")
        progress.response = try row.bytes("response")
        progress.firstTime = try row.unsigned("first_time")
        progress.lastTime = try row.unsigned("last_time")
    }
}
