#if PostgreSQL
import Aggregator
import PopulusDAP

extension PostgreSQLTransaction {
    func insertWalk(_ walk: WalkRecord) throws {
        try db.run(
            """
            INSERT INTO walk (walk_id, task, batch_selector, started_at, key_id, first_bucket, end_bucket, interval_start,
                interval_end, frozen, initial_count, ended)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """, arguments(of: walk))
    }

    func updateWalk(_ walk: WalkRecord) throws {
        mark.set()
        let changed = try db.run(
            """
            UPDATE walk SET batch_selector = $3, started_at = $4, key_id = $5, first_bucket = $6, end_bucket = $7,
                interval_start = $8, interval_end = $9, frozen = $10, initial_count = $11, ended = $12
            WHERE walk_id = $1 AND task = $2
            """, arguments(of: walk))
        guard changed == 1 else { throw StoreError.damaged("walk is missing") }
    }

    private func arguments(of walk: WalkRecord) -> [PostgreSQLValue] {
        [
            .id(walk.id), .integer(task), .bytes(walk.batchSelector), .number(walk.startedAt),
            .number(walk.verificationKeyID), .number(walk.buckets.lowerBound), .number(walk.buckets.upperBound),
            .number(walk.interval.lowerBound), .number(walk.interval.upperBound), .boolean(walk.isFrozen),
            .number(walk.initialCount), walk.end.map { .text($0.rawValue) } ?? .null,
        ]
    }

    func walk(_ id: WalkID) throws -> WalkRecord? {
        try db.one(
            "\(WalkRecord.selection) WHERE task = $1 AND walk_id = $2", [.integer(task), .id(id)],
            WalkRecord.init(columns:))
    }

    func walkEnd(_ id: WalkID) throws -> WalkEnd? {
        let end = try db.one(
            "SELECT ended FROM walk WHERE task = $1 AND walk_id = $2", [.integer(task), .id(id)]
        ) { columns -> WalkEnd? in try columns.optional { try $0.named() } }
        guard let end else { throw StoreError.damaged("walk is missing") }
        return end
    }

    func walks() throws -> [WalkRecord] {
        try db.all(
            "\(WalkRecord.selection) WHERE task = $1 ORDER BY started_at, walk_id", [.integer(task)],
            WalkRecord.init(columns:))
    }

    func walk(batchSelector: [UInt8]) throws -> WalkRecord? {
        try db.one(
            "\(WalkRecord.selection) WHERE task = $1 AND length(batch_selector) > 0 AND batch_selector = $2",
            [.integer(task), .bytes(batchSelector)], WalkRecord.init(columns:))
    }

    func claimBucket(_ time: UInt64, walk: WalkID) throws -> Bool {
        let arguments: [PostgreSQLValue] = [.integer(task), .number(time), .id(walk)]
        let claimed = try db.run(
            "INSERT INTO walk_bucket (task, time, walk_id) VALUES ($1, $2, $3) ON CONFLICT (task, time) DO NOTHING",
            arguments)
        if claimed == 1 { return true }
        return try db.one(
            "SELECT 1 FROM walk_bucket WHERE task = $1 AND time = $2 AND walk_id = $3", arguments
        ) { try $0.integer() } != nil
    }
}

/// Steps.
extension PostgreSQLTransaction {
    func insertStep(_ step: StepRecord) throws {
        mark.set()
        try db.run(
            """
            INSERT INTO step (task, walk_id, step, parameter, report_count, resource_id)
            VALUES ($1, $2, $3, $4, $5, $6)
            """, arguments(of: step))
    }

    func updateStep(_ step: StepRecord) throws {
        mark.set()
        let changed = try db.run(
            """
            UPDATE step SET parameter = $4, report_count = $5, resource_id = $6
            WHERE task = $1 AND walk_id = $2 AND step = $3
            """, arguments(of: step))
        guard changed == 1 else { throw StoreError.damaged("a step is missing") }
    }

    private func arguments(of step: StepRecord) -> [PostgreSQLValue] {
        [
            .integer(task), .id(step.walk), .number(step.step), .bytes(step.parameter), .number(step.reportCount),
            step.resource.map { .bytes($0.bytes) } ?? .null,
        ]
    }

    func step(_ walk: WalkID, _ step: UInt16) throws -> StepRecord? {
        try db.one(
            "\(StepRecord.ofWalk) AND step = $3", [.integer(task), .id(walk), .number(step)],
            StepRecord.init(columns:))
    }

    func steps(_ walk: WalkID, from first: UInt16) throws -> [StepRecord] {
        try db.all(
            "\(StepRecord.ofWalk) AND step >= $3 ORDER BY step", [.integer(task), .id(walk), .number(first)],
            StepRecord.init(columns:))
    }

    func lastStep(_ walk: WalkID) throws -> StepRecord? {
        try db.one(
            "\(StepRecord.ofWalk) ORDER BY step DESC LIMIT 1", [.integer(task), .id(walk)], StepRecord.init(columns:))
    }
}

extension WalkRecord {
    fileprivate static let selection = """
        SELECT walk_id, batch_selector, started_at, key_id, first_bucket, end_bucket, interval_start, interval_end, frozen,
            initial_count, ended FROM walk
        """

    /// In the order of `selection`.
    fileprivate init(columns: inout PostgreSQLColumns) throws {
        self.init(
            id: try columns.identifier(WalkID.self), batchSelector: try columns.bytes(),
            startedAt: try columns.number(), verificationKeyID: try columns.number())
        buckets = try columns.range()
        interval = try columns.range()
        isFrozen = try columns.boolean()
        initialCount = try columns.number()
        end = try columns.optional { try $0.named() }
    }
}

extension StepRecord {
    fileprivate static let ofWalk = """
        SELECT walk_id, step, parameter, report_count, resource_id FROM step WHERE task = $1 AND walk_id = $2
        """

    /// In the order of `ofWalk`.
    fileprivate init(columns: inout PostgreSQLColumns) throws {
        self.init(
            walk: try columns.identifier(WalkID.self), step: try columns.number(), parameter: try columns.bytes())
        reportCount = try columns.optional { try $0.number() }
        resource = try columns.optional { try $0.resource() }
    }
}
#endif
