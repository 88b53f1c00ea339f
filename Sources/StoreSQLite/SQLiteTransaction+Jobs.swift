import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// What all aggregation jobs have in common: the first columns of a row, in the order of `head`.
extension SQLiteTransaction {
    static let head = ["job_id", "phase", "init_digest", "report_count", "refusals"]

    func insertJob(
        _ kind: JobKind, _ columns: [String], _ values: [(any DatabaseValueConvertible)?]
    ) throws -> Int64 {
        let row = try nextRow("job")
        let names = ["id", "task", "kind"] + columns
        try run(
            "INSERT INTO job (\(names.joined(separator: ", "))) VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))",
            StatementArguments([row, task, kind.rawValue] + values))
        return row
    }

    func updateJob(
        _ kind: JobKind, _ columns: [String], _ values: [(any DatabaseValueConvertible)?], row: Int64
    ) throws {
        try run(
            "UPDATE job SET \(columns.map { "\($0) = ?" }.joined(separator: ", ")) WHERE id = ? AND task = ? AND kind = ?",
            StatementArguments(values + [row, task, kind.rawValue]))
        guard db.changesCount == 1 else { throw StoreError.damaged("there is no job of row \(row)") }
    }

    func head(of job: JobRecord<some JobProgress>) -> [(any DatabaseValueConvertible)?] {
        [
            job.jobID.map { Data($0.bytes) }, job.phase.rawValue, Data(job.initDigest), job.reportCount,
            Data(job.refusals),
        ]
    }
}

/// Shards of walks.
extension SQLiteTransaction {
    private static let columns =
        head + [
            "walk_id", "ordinal", "first_row", "last_row", "committed_steps", "transcript", "evaluate_digest",
            "verdict_digest", "committed_evaluate_digest", "evaluate_transcript", "live", "live_before", "live_count",
            "checksum", "sum", "least_time", "greatest_time",
        ]
    private static let selection = "SELECT id, \(columns.joined(separator: ", ")) FROM job"
    private static let shardByRow = "\(selection) WHERE id = ? AND task = ? AND kind = 'walk'"
    private static let byID = "\(selection) WHERE job_id = ? AND task = ? AND kind = 'walk'"
    private static let byWalk = "\(selection) WHERE task = ? AND walk_id = ? ORDER BY ordinal"

    func insertJob(_ job: ShardRecord) throws -> Int64 { try insertJob(.walk, Self.columns, try values(of: job)) }

    func updateJob(_ job: ShardRecord) throws {
        try updateJob(.walk, Self.columns, try values(of: job), row: job.row)
    }

    func recordEvaluation(job row: Int64, step: UInt16, digest: [UInt8]) throws -> Bool {
        mark.set()
        try run(
            """
            UPDATE job SET evaluate_digest = ?1 WHERE id = ?2 AND task = ?4 AND kind = 'walk' AND phase = 'opened'
                AND committed_steps = ?3 AND (length(evaluate_digest) = 0 OR evaluate_digest = ?1)
            """, [Data(digest), row, Int(step), task])
        return db.changesCount == 1
    }

    func commitShard(_ job: ShardRecord) throws -> Bool {
        try run(
            """
            UPDATE job SET phase = ?, committed_steps = ?, transcript = ?, evaluate_digest = ?, verdict_digest = ?,
                committed_evaluate_digest = ?, evaluate_transcript = ?, live = ?, live_before = ?, live_count = ?,
                checksum = ?, sum = ?, least_time = ?, greatest_time = ?
            WHERE id = ? AND task = ? AND kind = 'walk' AND phase <> 'finished' AND committed_steps = ?
            """,
            [
                job.phase.rawValue, Int(job.committedSteps), Data(job.transcript), Data(job.evaluateDigest),
                Data(job.verdictDigest), Data(job.committedEvaluateDigest), Data(job.evaluateTranscript),
                Data(job.live), Data(job.liveBefore), job.count, Data(job.checksum),
                Data(try seal.sealing(job.sum, at: job.sumCell)), job.leastTime.map(signed),
                job.greatestTime.map(signed), job.row, task,
                Int(job.committedSteps) - 1,
            ])
        return db.changesCount == 1
    }

    /// In the order of `columns`.
    private func values(of job: ShardRecord) throws -> [(any DatabaseValueConvertible)?] {
        head(of: job) + [
            Data(job.walk.bytes), job.ordinal, job.firstRow, job.lastRow, Int(job.committedSteps), Data(job.transcript),
            Data(job.evaluateDigest), Data(job.verdictDigest), Data(job.committedEvaluateDigest),
            Data(job.evaluateTranscript), Data(job.live), Data(job.liveBefore), job.count, Data(job.checksum),
            Data(try seal.sealing(job.sum, at: job.sumCell)), job.leastTime.map(signed), job.greatestTime.map(signed),
        ]
    }

    func shard(row: Int64) throws -> ShardRecord? { try one(Self.shardByRow, [row, task], shard(columns:)) }

    func shard(id: AggregationJobID) throws -> ShardRecord? {
        try one(Self.byID, [Data(id.bytes), task], shard(columns:))
    }

    func shards(_ walk: WalkID) throws -> [ShardRecord] {
        try all(Self.byWalk, [task, Data(walk.bytes)], shard(columns:))
    }

    private func shard(columns: inout ColumnReader) throws -> ShardRecord {
        var job = try ShardRecord(columns: &columns)
        job.progress.sum = try seal.opening(job.sum, at: job.sumCell)
        return job
    }
}

extension ShardRecord {
    /// In the order of `selection`; the sum as it is kept.
    fileprivate init(columns: inout ColumnReader) throws {
        let row = try columns.integer()
        let jobID = columns.isNull ? columns.skip() : try columns.identifier(AggregationJobID.self)
        let phase: JobPhase = try columns.named()
        let initDigest = try columns.bytes()
        let reportCount = Int(try columns.number(UInt32.self))
        let refusals = try columns.bytes()
        self.init(walk: try columns.identifier(WalkID.self), ordinal: try columns.number(Int.self), phase: phase)
        (self.row, self.jobID, self.initDigest) = (row, jobID, initDigest)
        (self.reportCount, self.refusals) = (reportCount, refusals)
        progress.firstRow = try columns.integer()
        progress.lastRow = try columns.integer()
        progress.committedSteps = try columns.number()
        progress.transcript = try columns.bytes()
        progress.evaluateDigest = try columns.bytes()
        progress.verdictDigest = try columns.bytes()
        progress.committedEvaluateDigest = try columns.bytes()
        progress.evaluateTranscript = try columns.bytes()
        progress.live = try columns.bytes()
        progress.liveBefore = try columns.bytes()
        progress.count = Int(try columns.number(UInt32.self))
        progress.checksum = try columns.bytes()
        progress.sum = try columns.bytes()
        progress.leastTime = columns.isNull ? columns.skip() : try columns.number()
        progress.greatestTime = columns.isNull ? columns.skip() : try columns.number()
    }
}
