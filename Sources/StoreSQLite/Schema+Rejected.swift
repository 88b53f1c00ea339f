import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// What the Collector is told of rejected reports; new in version 7.
extension Schema {
    static let rejected = """
        -- Reports of a walk or a batch that were rejected for good (Leader), for its Collector. A row with party 0 says that some
        -- were not counted, by a version that had no such table: of this very subject or, for a time, of all up to it.
        CREATE TABLE rejected (
            task INTEGER NOT NULL,
            subject BLOB NOT NULL,               -- a walk's ID, or a batch bucket's key
            party INTEGER NOT NULL,              -- DAP Role of who rejected them
            error INTEGER NOT NULL,              -- DAP ReportError
            count INTEGER NOT NULL,
            PRIMARY KEY (task, subject, party, error)
        ) STRICT, WITHOUT ROWID;
        """

    /// Brings a file of version 6, which did not count for Collectors, to version 7, in the transaction at hand.
    static func bringToVersion7(_ db: Database) throws {
        try db.execute(sql: rejected)
        for task in try Int64.fetchAll(db, sql: "SELECT id FROM task") { try noteUncounted(of: task, db) }
        try db.setMeta("version", "7")
    }

    /// Notes that nobody has counted what was rejected so far: no result may say that it was none.
    ///
    /// What comes later belongs to walks and batches that begin later, or by time to reports of a later time.
    static func noteUncounted(of task: Int64, _ db: Database) throws {
        let insert = "INSERT INTO main.rejected (task, subject, party, error, count)"
        try db.execute(
            sql: """
                \(insert) SELECT task, walk_id, 0, 0, 0 FROM main.walk WHERE task = ?1
                UNION SELECT task, batch_id, 0, 0, 0 FROM main.selected_batch WHERE task = ?1
                """, arguments: [task])
        let latest = try Int64.fetchOne(
            db, sql: "SELECT max(time) FROM main.report WHERE task = ?", arguments: [task])
        guard let latest else { return }
        let bucket = BatchBucketKey(Time(units: UInt64(clamping: latest)))
        try db.execute(sql: "\(insert) VALUES (?, ?, 0, 0, 0)", arguments: [task, Data(bucket.bytes)])
    }
}
