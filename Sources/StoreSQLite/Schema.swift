import GRDB

/// The tables of an aggregator's store.
///
/// Both roles and both kinds of tasks have all of them; `bucket` stays empty on the Leader.
enum Schema {
    /// Changes with every change below.
    static let version = 5

    static func create(_ db: Database) throws {
        try db.execute(sql: tables)
        try db.execute(sql: rejectionTable)
        try db.execute(sql: batchTables)
        try db.execute(sql: placeIndex)
        try db.execute(sql: LedgerTables.tables)
    }

    /// Brings a store of version 1, which knew walks only, to this version.
    ///
    /// Nothing that it holds changes.
    static func migrateFromVersion1(_ db: Database) throws {
        try db.execute(sql: "ALTER TABLE report ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0")
        try db.execute(sql: batchTables)
        try db.execute(sql: "UPDATE meta SET value = '2' WHERE name = 'version'")
    }

    /// Brings a store of version 2, which had the bytes of uploads in a table, to version 3.
    ///
    /// The files are complete on disk before the transaction ends; if it does not, the next start removes them.
    static func migrateFromVersion2(_ db: Database, _ uploads: UploadFiles) throws {
        try db.execute(sql: "ALTER TABLE report ADD COLUMN place INTEGER")
        let cursor = try Row.fetchCursor(db, sql: "SELECT id, body FROM upload ORDER BY id")
        while let row = try cursor.next() {
            let place = try uploads.nextPlace()
            try uploads.append(try row.bytes("body"), at: place)
            try db.execute(
                sql: "UPDATE report SET place = ? WHERE id = ?", arguments: [place.rawValue, try row.integer("id")])
        }
        try uploads.synchronize()
        try db.execute(sql: "DROP TABLE upload")
        try db.execute(sql: placeIndex)
        try db.execute(sql: "UPDATE meta SET value = '3' WHERE name = 'version'")
    }

    /// Brings a store of version 3, which had no identity, to this version: it is drawn now.
    ///
    /// What the other aggregator did not hear of before it cannot notice.
    static func migrateFromVersion3(_ db: Database) throws {
        try db.execute(sql: LedgerTables.tables)
        try LedgerTables.fill(db)
        try giveRejectionsTheirWalk(db)
        try db.setMeta("version", "4")
    }

    /// Brings a store of version 4, which did not count its commits, to this version.
    ///
    /// Uploads that it holds have no digest.
    static func migrateFromVersion4(_ db: Database) throws {
        try db.execute(sql: "ALTER TABLE report ADD COLUMN digest INTEGER")
        try db.setMeta("commits", "0")
        try db.setMeta("version", "5")
    }

    /// Version 3 did not keep to which walk a rejection belongs: what it has counted is shown at once.
    private static func giveRejectionsTheirWalk(_ db: Database) throws {
        try db.execute(sql: "ALTER TABLE rejection RENAME TO earlier_rejection")
        try db.execute(sql: rejectionTable)
        try db.execute(
            sql: """
                INSERT INTO rejection (walk_id, error, point, step, level, count)
                SELECT x'', error, point, step, level, count FROM earlier_rejection
                """)
        try db.execute(sql: "DROP TABLE earlier_rejection")
    }

    /// Which files of uploads are in use.
    private static let placeIndex = "CREATE INDEX report_by_place ON report (place) WHERE place IS NOT NULL"

    private static let tables = """
        -- What the store is for: 'version', 'role', 'task' (base64url) and 'configuration' (SHA-256, hexadecimal); who it
        -- is: 'store', 'noise_key', 'peer_store' (base64url), 'conflict' (JSON, once it must not be worked with any more),
        -- 'reports_from' (seconds since the Epoch: earlier reports are refused) and 'commits' (how many: see StoreMark).
        CREATE TABLE meta (
            name TEXT PRIMARY KEY NOT NULL,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Every report ever seen, for as long as the task lives: the memory of replays and of rule 1's bindings.
        CREATE TABLE report (
            id INTEGER PRIMARY KEY,           -- grows, never reused
            report_id BLOB NOT NULL UNIQUE,   -- 16 bytes
            time INTEGER NOT NULL,            -- in the task's time precision
            bytes INTEGER NOT NULL,           -- length of the upload, 0 on the Helper
            job INTEGER,                      -- job.id or batch_job.id, once bound
            ordinal INTEGER,                  -- place in the job, from 0
            key_id INTEGER,                   -- verification_key_id of the binding; stays if the job gives it back
            attempts INTEGER NOT NULL DEFAULT 0,  -- jobs that gave it back
            place INTEGER,                    -- where the upload's bytes begin: see UploadPlace; NULL once erased
            digest INTEGER                    -- of these bytes: see DamageDigest; NULL once erased
        ) STRICT;
        CREATE INDEX report_by_job ON report (job, ordinal) WHERE job IS NOT NULL;

        CREATE TABLE walk (
            walk_id BLOB PRIMARY KEY NOT NULL,   -- 16 bytes
            batch_selector BLOB NOT NULL,        -- DAP BatchSelector, empty while unknown
            started_at INTEGER NOT NULL,         -- seconds since the Epoch
            key_id INTEGER NOT NULL,             -- verification_key_id
            first_row INTEGER NOT NULL,          -- report.id, leader-selected batches
            last_row INTEGER NOT NULL,           -- report.id, included
            interval_start INTEGER NOT NULL,     -- in the task's time precision, time-interval batches
            interval_end INTEGER NOT NULL,       -- excluded
            frozen INTEGER NOT NULL,             -- 1: no report joins any more
            initial_count INTEGER NOT NULL,      -- reports accepted at step 0
            ended TEXT                           -- why it takes no further step
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX walk_by_batch ON walk (batch_selector) WHERE length(batch_selector) > 0;

        -- Whose reports have this time: walks never share a bucket (Helper, time-interval batches).
        CREATE TABLE bucket (
            time INTEGER PRIMARY KEY,            -- in the task's time precision
            walk_id BLOB NOT NULL
        ) STRICT;

        -- The history of rule 2 and the sealed shares of rule 6.
        CREATE TABLE step (
            walk_id BLOB NOT NULL,
            step INTEGER NOT NULL,
            parameter BLOB NOT NULL,             -- Poplar1AggregationParameter
            resource_id BLOB,                    -- collection job (Leader) or aggregate share (Helper), 16 bytes
            request BLOB NOT NULL,               -- the Collector's request (Leader), digest of the Leader's (Helper)
            state TEXT NOT NULL,
            report_count INTEGER NOT NULL,
            response BLOB NOT NULL,              -- the answer as first sent, or a problem document
            failure_status INTEGER NOT NULL,     -- HTTP status
            PRIMARY KEY (walk_id, step)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX step_by_resource ON step (resource_id) WHERE resource_id IS NOT NULL;

        -- One shard of a walk. The blobs are described at Aggregator.JobRecord.
        CREATE TABLE job (
            id INTEGER PRIMARY KEY,
            walk_id BLOB NOT NULL,
            ordinal INTEGER NOT NULL,            -- among the walk's shards, from 0
            job_id BLOB UNIQUE,                  -- DAP aggregation job, 16 bytes
            phase TEXT NOT NULL,
            init_digest BLOB NOT NULL,
            first_row INTEGER NOT NULL,
            last_row INTEGER NOT NULL,
            report_count INTEGER NOT NULL,
            refusals BLOB NOT NULL,
            committed_steps INTEGER NOT NULL,
            transcript BLOB NOT NULL,
            evaluate_digest BLOB NOT NULL,
            verdict_digest BLOB NOT NULL,
            committed_evaluate_digest BLOB NOT NULL,
            evaluate_transcript BLOB NOT NULL,
            live BLOB NOT NULL,
            live_before BLOB NOT NULL,
            live_count INTEGER NOT NULL,
            checksum BLOB NOT NULL,
            sum BLOB NOT NULL,
            least_time INTEGER,
            greatest_time INTEGER,
            UNIQUE (walk_id, ordinal)
        ) STRICT;
        """

    private static let rejectionTable = """
        -- Reports turned away, for operators.
        CREATE TABLE rejection (
            walk_id BLOB NOT NULL,               -- whose candidates decided it, 16 bytes; empty if none did
            error INTEGER NOT NULL,              -- DAP ReportError
            point TEXT NOT NULL,                 -- upload, opening, verification, deletion
            step INTEGER NOT NULL,
            level INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (walk_id, error, point, step, level)
        ) STRICT, WITHOUT ROWID;
        """
}
