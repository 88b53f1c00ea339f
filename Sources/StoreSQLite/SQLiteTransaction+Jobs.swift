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
    private static let selection = "SELECT id, \(columns.joined(separator: ", ")) FROM job"
    private static let byRow = "\(selection) WHERE id = ?"
    private static let byID = "\(selection) WHERE job_id = ?"
    private static let byWalk = "\(selection) WHERE walk_id = ? ORDER BY ordinal"
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

    func recordEvaluation(job row: Int64, step: UInt16, digest: [UInt8]) throws -> Bool {
        mark.set()
        try run(
            """
            UPDATE job SET evaluate_digest = ?1 WHERE id = ?2 AND phase = 'opened' AND committed_steps = ?3
                AND (length(evaluate_digest) = 0 OR evaluate_digest = ?1)
            """, [Data(digest), row, Int(step)])
        return db.changesCount == 1
    }

    func commitJob(_ job: JobRecord) throws -> Bool {
        try run(
            """
            UPDATE job SET phase = ?, committed_steps = ?, transcript = ?, evaluate_digest = ?, verdict_digest = ?,
                committed_evaluate_digest = ?, evaluate_transcript = ?, live = ?, live_before = ?, live_count = ?,
                checksum = ?, sum = ?, least_time = ?, greatest_time = ?
            WHERE id = ? AND phase <> 'ended' AND committed_steps = ?
            """,
            [
                job.phase.rawValue, Int(job.committedSteps), Data(job.transcript), Data(job.evaluateDigest),
                Data(job.verdictDigest), Data(job.committedEvaluateDigest), Data(job.evaluateTranscript),
                Data(job.live), Data(job.liveBefore), job.count, Data(job.checksum), Data(job.sum),
                job.leastTime.map(signed), job.greatestTime.map(signed), job.row, Int(job.committedSteps) - 1,
            ])
        return db.changesCount == 1
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
        try one(Self.byRow, [row], JobRecord.init)
    }

    func job(id: AggregationJobID) throws -> JobRecord? {
        try one(Self.byID, [Data(id.bytes)], JobRecord.init)
    }

    func jobs(_ walk: WalkID) throws -> [JobRecord] {
        try all(Self.byWalk, [Data(walk.bytes)], JobRecord.init)
    }
}

extension JobRecord {
    /// In the order of `selection`.
    fileprivate init(_ columns: inout ColumnReader) throws {
        let row = try columns.integer()
        let walk = try columns.identifier(WalkID.self)
        let ordinal = try columns.number(Int.self)
        let jobID = columns.isNull ? columns.skip() : try columns.identifier(AggregationJobID.self)
        self.init(walk: walk, ordinal: ordinal, phase: try columns.named())
        self.row = row
        self.jobID = jobID
        initDigest = try columns.bytes()
        firstRow = try columns.integer()
        lastRow = try columns.integer()
        reportCount = Int(try columns.number(UInt32.self))
        refusals = try columns.bytes()
        committedSteps = try columns.number()
        transcript = try columns.bytes()
        evaluateDigest = try columns.bytes()
        verdictDigest = try columns.bytes()
        committedEvaluateDigest = try columns.bytes()
        evaluateTranscript = try columns.bytes()
        live = try columns.bytes()
        liveBefore = try columns.bytes()
        count = Int(try columns.number(UInt32.self))
        checksum = try columns.bytes()
        sum = try columns.bytes()
        leastTime = columns.isNull ? columns.skip() : try columns.number()
        greatestTime = columns.isNull ? columns.skip() : try columns.number()
    }
}
