import GRDB

/// The tables of a file of results.
///
/// The rule that no count below the threshold is kept stands here once more, as triggers and checks: a program with a
/// mistake in it, or another program, is refused by SQLite itself.
enum ResultsSchema {
    /// What the file's header says of whose it is: `POPR`.
    static let applicationID: Int32 = 0x504f_5052

    /// What brings a file from each version to the next; the first makes it.
    static let steps = [tasks + walks + strings + stringRules + collections, groups + stringRules]

    /// The version that the header says.
    static var version: Int { steps.count }

    private static let tasks = """
        CREATE TABLE task (
            id INTEGER PRIMARY KEY,
            task_id BLOB NOT NULL UNIQUE,        -- 32 bytes
            scheme TEXT NOT NULL,
            vdaf TEXT NOT NULL,                  -- the scheme with its parameters, for people
            bits INTEGER,                        -- the length of a string's path
            encoding TEXT,
            batch_mode TEXT NOT NULL,
            leader TEXT NOT NULL,                -- addresses without credentials
            helper TEXT NOT NULL
        ) STRICT;

        """

    private static let walks = """
        -- Times are in seconds since the Epoch; ends of intervals are not in them.
        CREATE TABLE walk (
            id INTEGER PRIMARY KEY,
            task INTEGER NOT NULL REFERENCES task (id),
            walk_id BLOB NOT NULL,               -- 16 bytes
            version TEXT NOT NULL,
            threshold TEXT NOT NULL,             -- as it was written
            votes INTEGER,                       -- as a number of votes, once known
            margin INTEGER NOT NULL,             -- votes below the threshold from which on strings are listed
            asked_start INTEGER, asked_end INTEGER,
            interval_start INTEGER, interval_end INTEGER,
            began INTEGER, ended INTEGER NOT NULL,
            reports_at_start INTEGER NOT NULL,
            reports INTEGER NOT NULL,
            epsilon REAL, delta REAL, sigma REAL, half_width INTEGER,  -- nothing where counts are exact
            ending TEXT NOT NULL CHECK (ending IN ('complete', 'cut_off', 'failed')),
            unfinished INTEGER NOT NULL,         -- prefixes whose strings were cut off
            failure TEXT, party TEXT, problem TEXT,
            other INTEGER,                       -- strings that the task cannot encode
            strings INTEGER NOT NULL,            -- how many
            rejections_told INTEGER NOT NULL,    -- whether anybody said how many reports were rejected
            UNIQUE (task, walk_id),
            CHECK (ending = 'failed' OR votes IS NOT NULL),
            CHECK (other IS NULL OR ending <> 'failed' AND other >= votes - min(votes, margin))
        ) STRICT;
        CREATE INDEX walk_by_time ON walk (task, ended);

        -- A threshold that sinks later would let in what was below it.
        CREATE TRIGGER walk_keeps_threshold BEFORE UPDATE OF votes, margin, ending, other ON walk
        BEGIN SELECT RAISE(ABORT, 'a kept walk does not change'); END;

        CREATE TABLE step (
            walk INTEGER NOT NULL REFERENCES walk (id) ON DELETE CASCADE,
            step INTEGER NOT NULL,               -- from 0
            level INTEGER NOT NULL,              -- from 0
            bits INTEGER NOT NULL,
            candidates INTEGER NOT NULL,
            survivors INTEGER,                   -- nothing before the threshold was a number
            reports INTEGER NOT NULL,
            late_rejections INTEGER NOT NULL,
            seconds REAL NOT NULL,
            PRIMARY KEY (walk, step)
        ) STRICT, WITHOUT ROWID;

        -- What strings that were cut off are sure to begin with; without counts.
        CREATE TABLE beginning (
            walk INTEGER NOT NULL REFERENCES walk (id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            value BLOB NOT NULL,
            PRIMARY KEY (walk, place)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE walk_rejection (
            walk INTEGER NOT NULL REFERENCES walk (id) ON DELETE CASCADE,
            party TEXT NOT NULL,                 -- leader or helper
            error INTEGER NOT NULL,              -- DAP ReportError
            count INTEGER NOT NULL,
            PRIMARY KEY (walk, party, error)
        ) STRICT, WITHOUT ROWID;

        """

    private static let strings = """
        CREATE TABLE string (
            walk INTEGER NOT NULL REFERENCES walk (id) ON DELETE CASCADE,
            value BLOB NOT NULL,                 -- its bytes, whatever they are
            count INTEGER NOT NULL,              -- as it was counted
            PRIMARY KEY (walk, value)
        ) STRICT, WITHOUT ROWID;

        """

    /// Version 2: a string may be listed in several groups.
    private static let groups = """
        CREATE TABLE grouped_string (
            walk INTEGER NOT NULL REFERENCES walk (id) ON DELETE CASCADE,
            in_group BLOB NOT NULL DEFAULT x'',  -- empty in a task without groups; no group is empty
            value BLOB NOT NULL,                 -- the string's bytes, whatever they are
            count INTEGER NOT NULL,              -- as it was counted
            PRIMARY KEY (walk, in_group, value)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO grouped_string SELECT walk, x'', value, count FROM string;
        DROP TABLE string;
        ALTER TABLE grouped_string RENAME TO string;

        """

    private static let stringRules = """
        -- Survivors only: counts below the threshold are never kept.
        CREATE TRIGGER string_is_popular BEFORE INSERT ON string
        WHEN NOT EXISTS (
            SELECT 1 FROM walk WHERE id = NEW.walk AND ending <> 'failed' AND NEW.count >= votes - min(votes, margin))
        BEGIN SELECT RAISE(ABORT, 'below the threshold'); END;

        CREATE TRIGGER string_stays BEFORE UPDATE ON string
        BEGIN SELECT RAISE(ABORT, 'a kept walk does not change'); END;

        """

    private static let collections = """
        CREATE TABLE collection (
            id INTEGER PRIMARY KEY,
            task INTEGER NOT NULL REFERENCES task (id),
            key BLOB NOT NULL,                   -- 16 bytes: a digest of what was asked
            version TEXT NOT NULL,
            asked_start INTEGER, asked_end INTEGER,
            interval_start INTEGER NOT NULL, interval_end INTEGER NOT NULL,
            began INTEGER, ended INTEGER NOT NULL,
            reports INTEGER NOT NULL,
            epsilon REAL, delta REAL, sigma REAL, half_width INTEGER,
            level INTEGER,                       -- Poplar1's
            is_one_number INTEGER NOT NULL,
            numbers INTEGER NOT NULL,            -- how many
            rejections_told INTEGER NOT NULL,
            UNIQUE (task, key)
        ) STRICT;
        CREATE INDEX collection_by_time ON collection (task, ended);

        CREATE TABLE number (
            collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
            place INTEGER NOT NULL,              -- from 0
            candidate BLOB,                      -- Poplar1's
            number TEXT NOT NULL,                -- in digits: it can have more than 64 bits
            PRIMARY KEY (collection, place)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE collection_rejection (
            collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
            party TEXT NOT NULL,
            error INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (collection, party, error)
        ) STRICT, WITHOUT ROWID;

        """

    /// What the header says: whose the file is, and of which version.
    static func look(_ db: Database) throws -> (application: Int32, version: Int) {
        (
            try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0,
            try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        )
    }

    /// Makes the tables, or brings them to this version; inside a transaction.
    static func bring(_ db: Database, from version: Int) throws {
        for step in steps.dropFirst(version) { try db.execute(sql: step) }
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(self.version)")
    }
}
