import GRDB

/// Tasks that the store keeps, and how far the end of each task has come; new in version 8.
extension Schema {
    static let keptTasks = """
        -- Tasks that were added while a server ran: what it needs to serve them, but for their secrets. The others are in files.
        CREATE TABLE kept_task (
            task INTEGER PRIMARY KEY,            -- task.id
            configuration BLOB NOT NULL,         -- encoded TaskConfiguration
            collector_config BLOB NOT NULL,      -- encoded HpkeConfig
            task_point INTEGER NOT NULL,         -- the walk extension's code points
            aggregation_point INTEGER NOT NULL,
            collection_point INTEGER NOT NULL,
            noise_point INTEGER NOT NULL,
            clock_skew INTEGER NOT NULL,         -- seconds
            added INTEGER NOT NULL               -- seconds since the Epoch
        ) STRICT;

        -- Their secrets, each by itself.
        CREATE TABLE task_secret (
            task INTEGER NOT NULL,
            number INTEGER NOT NULL,             -- their order, from 0
            kind TEXT NOT NULL,                  -- hpke_key, verify_key, …: see TaskSecret.Kind
            label BLOB NOT NULL,                 -- what may be known of it
            secret BLOB NOT NULL,
            PRIMARY KEY (task, number)
        ) STRICT, WITHOUT ROWID;
        """

    /// Brings a file of version 7 to version 8, in the transaction at hand: no task was kept, and none had been ended.
    static func bringToVersion8(_ db: Database) throws {
        try db.execute(
            sql: """
                ALTER TABLE task ADD COLUMN closed INTEGER;
                ALTER TABLE task ADD COLUMN stopped INTEGER;
                \(keptTasks)
                \(expiry)
                \(rotation)
                """)
        try db.setMeta("version", "8")
    }
}
