#if PostgreSQL
import Aggregator

/// The tables of an aggregator's store: one schema of a database holds all tasks of one role.
///
/// They are those of ``StoreSQLite``, but for reports (``Schema/reports``). Both roles and both kinds of tasks have all of
/// them; `walk_bucket` stays empty on the Leader. Rows of `report` and `job` are numbered by task (``TaskRows``). Numbers that
/// are unsigned elsewhere are stored as in SQLite: what is beyond `bigint` is its greatest.
enum Schema {
    /// Changes with every change of a table.
    static let version = 5

    /// What makes the tables: statements without parameters.
    ///
    /// Tasks come by ``add(_:)``.
    static let create = [
        common, reports, jobs, walks, resources, batches, replicas, rejected, keptTasks, expiry, rotation,
        answers,
    ].joined(separator: "\n")

    /// What adds a row of `task` makes too: its row numbers, and its part of `upload`.
    static func add(_ task: Int64) -> String {
        let rows = TaskRows.range(of: task)
        return """
            CREATE SEQUENCE report_row_\(task) MINVALUE \(rows.lowerBound) MAXVALUE \(rows.upperBound);
            CREATE TABLE upload_\(task) PARTITION OF upload FOR VALUES IN (\(task)) PARTITION BY RANGE (day);
            """
    }

    /// All but `meta` and `task` themselves; `upload` has no column that says more of a task.
    static let tablesOfTasks = [
        "incarnation", "peer_incarnation", "rejection", "report", "kept", "binding", "returned", "upload", "job",
        "walk",
        "walk_bucket", "step", "resource", "batch_bucket", "collected", "selected_batch", "claim",
        "rejected", "kept_task", "task_secret",
    ]

    private static let common = """
        -- What the schema is: 'version', 'role', 'database' (its own ID, base64url), 'secret' (what servers that share it show
        -- each other, 32 bytes, base64url), 'changed' (drawn by each command that had the store alone), 'seal' of a sealed
        -- store: see SealRecord.
        CREATE TABLE meta (
            name text PRIMARY KEY,
            value text NOT NULL
        );

        -- The tasks, and who the store of each is. Changed in place often, so pages keep room for that.
        CREATE TABLE task (
            id bigint PRIMARY KEY,              -- from 0
            task_id bytea NOT NULL UNIQUE,      -- 32 bytes
            configuration bytea NOT NULL,       -- SHA-256
            store bytea NOT NULL,               -- its identity, 16 bytes
            noise_key bytea NOT NULL,           -- 32 bytes
            peer_store bytea,                   -- the other aggregator's, once it was heard of
            conflict text,                      -- JSON, once it must not be worked with any more
            reports_from bigint NOT NULL,       -- seconds since the Epoch: earlier reports are refused
            open_bucket bigint NOT NULL,        -- where uploads wait for walks over batches that the Leader selects
            closed bigint,                      -- seconds since the Epoch: since when it takes no report any more
            stopped bigint                      -- since when its work is over
        ) WITH (fillfactor = 50);

        -- Each start of a process on a task's store, in order. Both numbers rise in place.
        CREATE TABLE incarnation (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            task bigint NOT NULL,
            incarnation_id bytea NOT NULL UNIQUE, -- 16 bytes
            count bigint NOT NULL,              -- commits that must never be forgotten
            writes bigint NOT NULL DEFAULT 0    -- commits that changed anything: see WriteProgress
        ) WITH (fillfactor = 50);
        CREATE INDEX incarnation_by_task ON incarnation (task, id);

        -- The newest 64 that were heard of the other aggregator's store, in the order in which they were first heard of.
        CREATE TABLE peer_incarnation (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            task bigint NOT NULL,
            incarnation_id bytea NOT NULL,      -- 16 bytes
            count bigint NOT NULL,              -- the greatest that was heard
            UNIQUE (task, incarnation_id)
        ) WITH (fillfactor = 50);

        -- Reports turned away, for operators. A count is a sum over its slots, one of a connection as a rule: uploads that run
        -- beside each other do not wait for one another's rows.
        CREATE TABLE rejection (
            task bigint NOT NULL,
            walk_id bytea NOT NULL,             -- whose candidates decided it, 16 bytes; empty if none did
            error bigint NOT NULL,              -- DAP ReportError
            point text NOT NULL,                -- upload, opening, verification, deletion
            step bigint NOT NULL,
            level bigint NOT NULL,
            slot bigint NOT NULL,               -- 0 to 63
            count bigint NOT NULL,
            PRIMARY KEY (task, walk_id, error, point, step, level, slot)
        ) WITH (fillfactor = 50);
        """
}
#endif
