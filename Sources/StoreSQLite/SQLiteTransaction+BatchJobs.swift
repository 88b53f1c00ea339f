import Aggregator
import DAP
import Foundation
import GRDB

/// Aggregation jobs of batch tasks.
extension SQLiteTransaction {
    private static let columns = [
        "job_id", "batch_id", "parameter", "key_id", "phase", "init_digest", "report_count", "step", "continue_digest",
        "request", "continue_request", "response", "refusals", "first_time", "last_time",
    ]
    /// Up to megabytes each.
    private static let large: Set<String> = ["request", "continue_request", "response", "refusals"]
    private static let small =
        "id, " + columns.map { large.contains($0) ? "x'' AS \($0)" : $0 }.joined(separator: ", ")
    private static let insertion =
        "INSERT INTO batch_job (\(columns.joined(separator: ", "))) "
        + "VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))"
    private static let update =
        "UPDATE batch_job SET \(columns.map { "\($0) = ?" }.joined(separator: ", ")) WHERE id = ?"

    func insertBatchJob(_ job: BatchJobRecord) throws -> Int64 {
        try run(Self.insertion, StatementArguments(values(of: job)))
        return db.lastInsertedRowID
    }

    func updateBatchJob(_ job: BatchJobRecord) throws {
        try run(Self.update, StatementArguments(values(of: job) + [job.row]))
    }

    /// In the order of `columns`.
    private func values(of job: BatchJobRecord) -> [(any DatabaseValueConvertible)?] {
        [
            job.jobID.map { Data($0.bytes) }, job.batchID.map { Data($0.bytes) }, Data(job.parameter),
            Int(job.verificationKeyID), job.phase.rawValue, Data(job.initDigest), job.reportCount, Int(job.step),
            Data(job.continueDigest), Data(job.request), Data(job.continueRequest), Data(job.response),
            Data(job.refusals),
            signed(job.firstTime), signed(job.lastTime),
        ]
    }

    func batchJob(row: Int64) throws -> BatchJobRecord? {
        try first("SELECT * FROM batch_job WHERE id = ?", [row]).map(BatchJobRecord.init(row:))
    }

    func batchJob(id: AggregationJobID) throws -> BatchJobRecord? {
        try first("SELECT * FROM batch_job WHERE job_id = ?", [Data(id.bytes)]).map(BatchJobRecord.init(row:))
    }

    func openBatchJobs() throws -> [BatchJobRecord] {
        let cursor = try rows(
            "SELECT \(Self.small) FROM batch_job WHERE phase NOT IN ('finished', 'abandoned') ORDER BY id", [])
        return try jobs(cursor)
    }

    func openBatchJobs(times: Range<UInt64>) throws -> [BatchJobRecord] {
        let cursor = try rows(
            """
            SELECT \(Self.small) FROM batch_job WHERE phase NOT IN ('finished', 'abandoned') AND EXISTS
            (SELECT 1 FROM report WHERE report.job = batch_job.id AND report.time >= ? AND report.time < ?)
            ORDER BY id
            """, [signed(times.lowerBound), signed(times.upperBound)])
        return try jobs(cursor)
    }

    private func jobs(_ cursor: RowCursor) throws -> [BatchJobRecord] {
        var jobs: [BatchJobRecord] = []
        while let row = try cursor.next() { jobs.append(try BatchJobRecord(row: row)) }
        return jobs
    }
}

extension SQLiteTransaction {
    func waitingBatchJobs() throws -> [AggregationJobID] {
        let cursor = try rows(
            """
            SELECT job_id FROM batch_job WHERE phase = 'bound'
            AND length(CASE step WHEN 0 THEN request ELSE continue_request END) > 0 ORDER BY id
            """, [])
        return try ids(cursor)
    }

    /// Jobs that an earlier version began have no such time, and stay.
    func openBatchJobs(untouchedSince time: UInt64) throws -> [AggregationJobID] {
        let cursor = try rows(
            """
            SELECT job_id FROM batch_job WHERE phase NOT IN ('finished', 'abandoned')
            AND last_time > 0 AND last_time < ? ORDER BY id
            """, [signed(time)])
        return try ids(cursor)
    }

    private func ids(_ cursor: RowCursor) throws -> [AggregationJobID] {
        var ids: [AggregationJobID] = []
        while let row = try cursor.next() {
            if let id: AggregationJobID = try row.identifier("job_id") { ids.append(id) }
        }
        return ids
    }
}

extension BatchJobRecord {
    fileprivate init(row: Row) throws {
        self.init(
            parameter: try row.bytes("parameter"), verificationKeyID: try row.number("key_id"),
            phase: try row.named("phase"))
        self.row = try row.integer("id")
        jobID = try row.identifier("job_id")
        batchID = try row.identifier("batch_id")
        initDigest = try row.bytes("init_digest")
        reportCount = Int(try row.number("report_count", as: UInt32.self))
        step = try row.number("step")
        continueDigest = try row.bytes("continue_digest")
        request = try row.bytes("request")
        continueRequest = try row.bytes("continue_request")
        response = try row.bytes("response")
        refusals = try row.bytes("refusals")
        firstTime = try row.unsigned("first_time")
        lastTime = try row.unsigned("last_time")
    }
}

extension Row {
    /// A column that holds an identifier's bytes, or nothing.
    func identifier<ID: OpaqueID>(_ name: String, as type: ID.Type = ID.self) throws -> ID? {
        guard !hasNull(name) else { return nil }
        guard let id = ID(bytes: try bytes(name)) else { throw StoreError.damaged("column \(name)") }
        return id
    }
}
