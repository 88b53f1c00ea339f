#if PostgreSQL
import Aggregator
import PopulusDAP

/// What all aggregation jobs have in common: the first columns of a row, in the order of `head`.
extension PostgreSQLTransaction {
    static let head = ["job_id", "phase", "init_digest", "report_count", "refusals"]

    /// A job's row is one more than the greatest of its task: only one write of a task inserts jobs at a time.
    func insertJob(_ kind: JobKind, _ columns: [String], _ values: [PostgreSQLValue]) throws -> Int64 {
        let rows = TaskRows.range(of: task)
        let parameters = values.indices.map { "$\($0 + 5)" }.joined(separator: ", ")
        let row = try db.one(
            """
            INSERT INTO job (id, task, kind, \(columns.joined(separator: ", ")))
            SELECT coalesce((SELECT max(id) FROM job WHERE id BETWEEN $3 AND $4), $3 - 1) + 1, $1, $2, \(parameters)
            RETURNING id
            """,
            [.integer(task), .text(kind.rawValue), .integer(rows.lowerBound), .integer(rows.upperBound)] + values
        ) { try $0.integer() }
        guard let row, rows.contains(row) else { throw StoreError.full("the rows of job") }
        return row
    }

    func updateJob(_ kind: JobKind, _ columns: [String], _ values: [PostgreSQLValue], row: Int64) throws {
        let changes = columns.enumerated().map { "\($1) = $\($0 + 4)" }.joined(separator: ", ")
        let changed = try db.run(
            "UPDATE job SET \(changes) WHERE id = $1 AND task = $2 AND kind = $3",
            [.integer(row), .integer(task), .text(kind.rawValue)] + values)
        guard changed == 1 else { throw StoreError.damaged("there is no job of row \(row)") }
    }

    func head(of job: JobRecord<some JobProgress>) -> [PostgreSQLValue] {
        [
            .id(job.jobID), .text(job.phase.rawValue), .bytes(job.initDigest), .number(job.reportCount),
            .bytes(job.refusals),
        ]
    }
}

/// Shards of walks.
extension PostgreSQLTransaction {
    private static let columns =
        head + [
            "walk_id", "ordinal", "first_row", "last_row", "committed_steps", "transcript", "evaluate_digest",
            "verdict_digest", "committed_evaluate_digest", "evaluate_transcript", "live", "live_before", "live_count",
            "checksum", "sum", "least_time", "greatest_time",
        ]
    private static let selection = "SELECT id, \(columns.joined(separator: ", ")) FROM job"

    func insertJob(_ job: ShardRecord) throws -> Int64 { try insertJob(.walk, Self.columns, try values(of: job)) }

    func updateJob(_ job: ShardRecord) throws {
        try updateJob(.walk, Self.columns, try values(of: job), row: job.row)
    }

    func recordEvaluation(job row: Int64, step: UInt16, digest: [UInt8]) throws -> Bool {
        mark.set()
        let changed = try db.run(
            """
            UPDATE job SET evaluate_digest = $1 WHERE id = $2 AND task = $4 AND kind = 'walk' AND phase = 'opened'
                AND committed_steps = $3 AND (length(evaluate_digest) = 0 OR evaluate_digest = $1)
            """, [.bytes(digest), .integer(row), .number(step), .integer(task)])
        return changed == 1
    }

    func commitShard(_ job: ShardRecord) throws -> Bool {
        let changed = try db.run(
            """
            UPDATE job SET phase = $1, committed_steps = $2, transcript = $3, evaluate_digest = $4, verdict_digest = $5,
                committed_evaluate_digest = $6, evaluate_transcript = $7, live = $8, live_before = $9, live_count = $10,
                checksum = $11, sum = $12, least_time = $13, greatest_time = $14
            WHERE id = $15 AND task = $16 AND kind = 'walk' AND phase <> 'finished' AND committed_steps = $2 - 1
            """, [.text(job.phase.rawValue)] + (try progress(of: job)) + [.integer(job.row), .integer(task)])
        return changed == 1
    }

    /// In the order of `columns`.
    private func values(of job: ShardRecord) throws -> [PostgreSQLValue] {
        try head(of: job) + [
            .id(job.walk), .number(job.ordinal), .integer(job.firstRow), .integer(job.lastRow),
        ] + progress(of: job)
    }

    private func progress(of job: ShardRecord) throws -> [PostgreSQLValue] {
        [
            .number(job.committedSteps), .bytes(job.transcript), .bytes(job.evaluateDigest), .bytes(job.verdictDigest),
            .bytes(job.committedEvaluateDigest), .bytes(job.evaluateTranscript), .bytes(job.live),
            .bytes(job.liveBefore), .number(job.count), .bytes(job.checksum),
            .bytes(try seal.sealing(job.sum, at: job.sumCell)), .number(job.leastTime), .number(job.greatestTime),
        ]
    }

    func shard(row: Int64) throws -> ShardRecord? {
        try db.one(
            "\(Self.selection) WHERE id = $1 AND task = $2 AND kind = 'walk'", [.integer(row), .integer(task)],
            shard(columns:))
    }

    func shard(id: AggregationJobID) throws -> ShardRecord? {
        try db.one(
            "\(Self.selection) WHERE task = $1 AND job_id = $2 AND kind = 'walk'", [.integer(task), .id(id)],
            shard(columns:))
    }

    func shards(_ walk: WalkID) throws -> [ShardRecord] {
        try db.all(
            "\(Self.selection) WHERE task = $1 AND walk_id = $2 AND kind = 'walk' ORDER BY ordinal",
            [.integer(task), .id(walk)], shard(columns:))
    }

    private func shard(columns: inout PostgreSQLColumns) throws -> ShardRecord {
        var job = try ShardRecord(columns: &columns)
        job.progress.sum = try seal.opening(job.sum, at: job.sumCell)
        return job
    }
}

extension ShardRecord {
    /// In the order of `selection`; the sum as it is kept.
    fileprivate init(columns: inout PostgreSQLColumns) throws {
        let row = try columns.integer()
        let jobID = try columns.optional { try $0.identifier(AggregationJobID.self) }
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
        progress.leastTime = try columns.optional { try $0.number() }
        progress.greatestTime = try columns.optional { try $0.number() }
    }
}
#endif
