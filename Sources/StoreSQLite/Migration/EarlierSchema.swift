import GRDB
import PopulusDAP

/// The tables of versions 1 to 5, which had a file for each task, and how a store of version 1 to 4 comes to version 5.
///
/// What versions 1 to 4 held is brought over as it is. What makes this version of version 5 is in ``Conversion``.
enum EarlierSchema {
    /// The last version with a file for each task.
    static let version = 5

    /// The tables of version 5.
    static let tables = [
        "meta", "report", "walk", "bucket", "step", "job", "rejection", "batch_job", "batch_bucket", "collected",
        "selected_batch", "collection", "aggregate_share", "incarnation", "peer_incarnation",
    ]

    /// Brings a store of an earlier version to version 5.
    ///
    /// - Parameter uploads: the files of uploads beside this very store.
    static func bringToVersion5(_ db: Database, _ uploads: UploadFiles) throws {
        if try db.meta("version") == "1" { try migrateFromVersion1(db) }
        if try db.meta("version") == "2" { try migrateFromVersion2(db, uploads) }
        if try db.meta("version") == "3" { try migrateFromVersion3(db) }
        if try db.meta("version") == "4" { try migrateFromVersion4(db) }
    }

    /// Brings a store of version 1, which knew walks only, to version 2.
    private static func migrateFromVersion1(_ db: Database) throws {
        try db.execute(sql: "ALTER TABLE report ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0")
        try db.execute(sql: batchTables)
        try db.setMeta("version", "2")
    }

    /// Brings a store of version 2, which had the bytes of uploads in a table, to version 3.
    ///
    /// The files are complete on disk before the transaction ends; if it does not, the next start removes them.
    private static func migrateFromVersion2(_ db: Database, _ uploads: UploadFiles) throws {
        try db.execute(sql: "ALTER TABLE report ADD COLUMN place INTEGER")
        let cursor = try Row.fetchCursor(db, sql: "SELECT id, body FROM upload ORDER BY id")
        while let row = try cursor.next() {
            let place = try uploads.nextPlace(of: 0)
            try uploads.append(try row.bytes("body"), at: place, of: 0)
            try db.execute(
                sql: "UPDATE report SET place = ? WHERE id = ?", arguments: [place.rawValue, try row.integer("id")])
        }
        try uploads.synchronize()
        try db.execute(sql: "DROP TABLE upload")
        try db.execute(sql: "CREATE INDEX report_by_place ON report (place) WHERE place IS NOT NULL")
        try db.setMeta("version", "3")
    }

    /// Brings a store of version 3, which had no identity, to version 4: it is drawn now.
    ///
    /// What the other aggregator did not hear of before it cannot notice.
    private static func migrateFromVersion3(_ db: Database) throws {
        try db.execute(sql: ledgerTables)
        try db.setMeta("store", StoreID.random().base64URL)
        // Two identifiers of 16 bytes from the system's generator are a key of 32.
        try db.setMeta("noise_key", Base64URL.encode(StoreID.random().bytes + StoreID.random().bytes))
        try giveRejectionsTheirWalk(db)
        try db.setMeta("version", "4")
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

    /// Brings a store of version 4, which did not count its commits, to version 5.
    ///
    /// Uploads that it holds have no digest.
    private static func migrateFromVersion4(_ db: Database) throws {
        try db.execute(sql: "ALTER TABLE report ADD COLUMN digest INTEGER")
        try db.setMeta("commits", "0")
        try db.setMeta("version", "5")
    }
}

// MARK: - Tables that these versions added

extension EarlierSchema {
    private static let ledgerTables = """
        CREATE TABLE incarnation (
            id INTEGER PRIMARY KEY,               -- grows
            incarnation_id BLOB NOT NULL UNIQUE,  -- 16 bytes
            count INTEGER NOT NULL                -- commits that must never be forgotten
        ) STRICT;
        CREATE TABLE peer_incarnation (
            id INTEGER PRIMARY KEY,               -- grows
            incarnation_id BLOB NOT NULL UNIQUE,  -- 16 bytes
            count INTEGER NOT NULL                -- the greatest that was heard
        ) STRICT;
        """

    private static let rejectionTable = """
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

    private static let batchTables = """
        CREATE INDEX report_waiting ON report (time) WHERE job IS NULL;
        CREATE TABLE batch_job (
            id INTEGER PRIMARY KEY,
            job_id BLOB UNIQUE,                  -- DAP aggregation job, 16 bytes
            batch_id BLOB,                       -- leader-selected batches, 32 bytes
            parameter BLOB NOT NULL,             -- aggregation parameter
            key_id INTEGER NOT NULL,             -- verification_key_id
            phase TEXT NOT NULL,
            init_digest BLOB NOT NULL,           -- SHA-256
            report_count INTEGER NOT NULL,
            step INTEGER NOT NULL,
            continue_digest BLOB NOT NULL,       -- SHA-256
            request BLOB NOT NULL,               -- AggregationJobInitReq (Helper)
            continue_request BLOB NOT NULL,      -- AggregationJobContinueReq to be answered later (Helper)
            response BLOB NOT NULL,              -- AggregationJobResp
            refusals BLOB NOT NULL,
            first_time INTEGER NOT NULL,         -- of its reports, in the task's time precision (Leader)
            last_time INTEGER NOT NULL           -- included (Leader); time of the latest request (Helper)
        ) STRICT;
        CREATE INDEX batch_job_open ON batch_job (id) WHERE phase NOT IN ('finished', 'abandoned');
        CREATE TABLE batch_bucket (
            key BLOB PRIMARY KEY NOT NULL,
            parameter BLOB NOT NULL,
            share BLOB NOT NULL,                 -- aggregate share, empty once the batch is collected
            count INTEGER NOT NULL,
            checksum BLOB NOT NULL,              -- 32 bytes
            least_time INTEGER,                  -- in the task's time precision
            greatest_time INTEGER                -- included
        ) STRICT;
        CREATE TABLE collected (
            first_key BLOB PRIMARY KEY NOT NULL,
            last_key BLOB NOT NULL               -- included
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE selected_batch (
            id INTEGER PRIMARY KEY,              -- grows
            batch_id BLOB NOT NULL UNIQUE,
            parameter BLOB NOT NULL,
            open INTEGER NOT NULL,               -- 1: reports may join
            claimed INTEGER NOT NULL             -- 1: a collection job has it
        ) STRICT;
        CREATE TABLE collection (
            id INTEGER PRIMARY KEY,              -- grows
            collection_id BLOB NOT NULL UNIQUE,  -- 16 bytes
            request BLOB NOT NULL,               -- CollectionJobReq
            request_digest BLOB NOT NULL,        -- SHA-256
            batch_selector BLOB NOT NULL,        -- BatchSelector
            state TEXT NOT NULL,
            created_at INTEGER NOT NULL,         -- seconds since the Epoch
            last_row INTEGER NOT NULL,           -- report.id
            response BLOB NOT NULL,              -- the answer as first sent, or a problem document
            failure_status INTEGER NOT NULL      -- HTTP status
        ) STRICT;
        CREATE INDEX collection_by_request ON collection (request_digest);
        CREATE INDEX collection_open ON collection (id) WHERE state IN ('waiting', 'closed');
        CREATE TABLE aggregate_share (
            share_id BLOB PRIMARY KEY NOT NULL,  -- 16 bytes
            request_digest BLOB NOT NULL,        -- SHA-256
            request BLOB NOT NULL,               -- AggregateShareReq while it is worked on
            state TEXT NOT NULL,
            response BLOB NOT NULL,              -- the answer as first sent, or a problem document
            failure_status INTEGER NOT NULL      -- HTTP status
        ) STRICT;
        """
}
