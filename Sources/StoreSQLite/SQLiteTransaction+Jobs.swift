import Aggregator
import DAP
import Foundation
import GRDB

extension SQLiteTransaction {
    private static let columns = [
        "walk_id", "ordinal", "job_id", "phase", "init_digest", "first_row", "last_row", "report_count", "refusals",
        "committed_steps", "transcript", "evaluate_digest", "verdict_digest", "committed_evaluate_digest",
        "evaluate_transcript", "live", "live_before", "live_count", "checksum", "sum", "least_time", "greatest_time",
    ]
    private static let insertion =
        "INSERT INTO job (\(columns.joined(separator: ", "))) VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))"
    private static let update = "UPDATE job SET \(columns.map { "\($0) = ?" }.joined(separator: ", ")) WHERE id = ?"

    func insertJob(_ job: JobRecord) throws -> Int64 {
        try run(Self.insertion, StatementArguments(values(of: job)))
        return db.lastInsertedRowID
    }

    func updateJob(_ job: JobRecord) throws {
        try run(Self.update, StatementArguments(values(of: job) + [job.row]))
    }

    /// In the order of `columns`.
    private func values(of job: JobRecord) -> [(any DatabaseValueConvertible)?] {
        [
            Data(job.walk.bytes), job.ordinal, job.jobID.map { Data($0.bytes) }, job.phase.rawValue,
            Data(job.initDigest), job.firstRow, job.lastRow, job.reportCount, Data(job.refusals),
            Int(job.committedSteps), Data(job.transcript), Data(job.evaluateDigest), Data(job.verdictDigest),
            Data(job.committedEvaluateDigest), Data(job.evaluateTranscript), Data(job.live), Data(job.liveBefore),
            job.count, Data(job.checksum),
            Data(job.sum), job.leastTime.map(signed), job.greatestTime.map(signed),
        ]
    }

    func job(row: Int64) throws -> JobRecord? {
        try first("SELECT * FROM job WHERE id = ?", [row]).map(JobRecord.init(row:))
    }

    func job(id: AggregationJobID) throws -> JobRecord? {
        try first("SELECT * FROM job WHERE job_id = ?", [Data(id.bytes)]).map(JobRecord.init(row:))
    }

    func jobs(_ walk: WalkID) throws -> [JobRecord] {
        let cursor = try rows("SELECT * FROM job WHERE walk_id = ? ORDER BY ordinal", [Data(walk.bytes)])
        var jobs: [JobRecord] = []
        while let row = try cursor.next() { jobs.append(try JobRecord(row: row)) }
        return jobs
    }
}

extension JobRecord {
    fileprivate init(row: Row) throws {
        guard let walk = WalkID(bytes: try row.bytes("walk_id")) else { throw StoreError.damaged("walk_id") }
        self.init(walk: walk, ordinal: try row.number("ordinal"), phase: try row.named("phase"))
        self.row = try row.integer("id")
        if !row.hasNull("job_id") {
            guard let id = AggregationJobID(bytes: try row.bytes("job_id")) else { throw StoreError.damaged("job_id") }
            jobID = id
        }
        initDigest = try row.bytes("init_digest")
        firstRow = try row.integer("first_row")
        lastRow = try row.integer("last_row")
        reportCount = Int(try row.number("report_count", as: UInt32.self))
        refusals = try row.bytes("refusals")
        committedSteps = try row.number("committed_steps")
        transcript = try row.bytes("transcript")
        evaluateDigest = try row.bytes("evaluate_digest")
        verdictDigest = try row.bytes("verdict_digest")
        committedEvaluateDigest = try row.bytes("committed_evaluate_digest")
        evaluateTranscript = try row.bytes("evaluate_transcript")
        live = try row.bytes("live")
        liveBefore = try row.bytes("live_before")
        count = Int(try row.number("live_count", as: UInt32.self))
        checksum = try row.bytes("checksum")
        sum = try row.bytes("sum")
        leastTime = row.hasNull("least_time") ? nil : try row.unsigned("least_time")
        greatestTime = row.hasNull("greatest_time") ? nil : try row.unsigned("greatest_time")
    }
}
