import GRDB

/// The tables of an aggregator's store: one file holds all tasks of one role.
///
/// Both roles and both kinds of tasks have all of them; `walk_bucket` stays empty on the Leader. Rows of `report` and `job`
/// are numbered by task (``TaskRows``), so that a task's rows lie together and no two tasks have one in common.
enum Schema {
    /// Changes with every change below.
    static let version = 9
    /// The first version with one file for all tasks of a role: what came since is added to such a file.
    static let firstOfSeveral = 6

    static func create(_ db: Database) throws {
        for tables in [
            common, reports, jobs, walks, resources, batches, rejected, keptTasks, expiry, rotation, answers,
        ] {
            try db.execute(sql: tables)
        }
    }

    /// All but `meta`, `task`, and what belongs to kept tasks alone.
    static let tablesOfTasks = [
        "incarnation", "peer_incarnation", "rejection", "report", "job", "walk", "walk_bucket", "step", "resource",
        "batch_bucket", "collected", "selected_batch", "rejected",
    ]

    private static let common = """
        -- What the file is: 'version', 'role', 'database' (its own ID, base64url), 'commits' (how many: see StoreMark), and
        -- 'task' = 'several', which has earlier versions of Populus say that this one is another; 'seal' of a sealed file: see
        -- SealRecord.
        CREATE TABLE meta (
            name TEXT PRIMARY KEY NOT NULL,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- The tasks, and who the store of each is.
        CREATE TABLE task (
            id INTEGER PRIMARY KEY,              -- from 0
            task_id BLOB NOT NULL UNIQUE,        -- 32 bytes
            state TEXT NOT NULL,                 -- here; arriving while it is brought over from a file of its own
            configuration BLOB NOT NULL,         -- SHA-256
            store BLOB NOT NULL,                 -- its identity, 16 bytes
            noise_key BLOB NOT NULL,             -- 32 bytes
            peer_store BLOB,                     -- the other aggregator's, once it was heard of
            conflict TEXT,                       -- JSON, once it must not be worked with any more
            reports_from INTEGER NOT NULL,       -- seconds since the Epoch: earlier reports are refused
            open_bucket INTEGER NOT NULL,        -- where uploads wait for walks over batches that the Leader selects
            closed INTEGER,                      -- seconds since the Epoch: since when it takes no report any more
            stopped INTEGER                      -- since when its work is over
        ) STRICT;

        -- Each start of a process on a task's store, in order.
        CREATE TABLE incarnation (
            id INTEGER PRIMARY KEY,              -- grows
            task INTEGER NOT NULL,
            incarnation_id BLOB NOT NULL UNIQUE, -- 16 bytes
            count INTEGER NOT NULL               -- commits that must never be forgotten
        ) STRICT;
        CREATE INDEX incarnation_by_task ON incarnation (task, id);

        -- The newest 64 that were heard of the other aggregator's store, in the order in which they were first heard of.
        CREATE TABLE peer_incarnation (
            id INTEGER PRIMARY KEY,              -- grows
            task INTEGER NOT NULL,
            incarnation_id BLOB NOT NULL,        -- 16 bytes
            count INTEGER NOT NULL,              -- the greatest that was heard
            UNIQUE (task, incarnation_id)
        ) STRICT;

        -- Reports turned away, for operators.
        CREATE TABLE rejection (
            task INTEGER NOT NULL,
            walk_id BLOB NOT NULL,               -- whose candidates decided it, 16 bytes; empty if none did
            error INTEGER NOT NULL,              -- DAP ReportError
            point TEXT NOT NULL,                 -- upload, opening, verification, deletion
            step INTEGER NOT NULL,
            level INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (task, walk_id, error, point, step, level)
        ) STRICT, WITHOUT ROWID;
        """

    private static let reports = """
        -- Every report ever seen, for as long as the task lives or until it is forgotten for its age (see task.forgotten_before):
        -- the memory of replays and of rule 1's bindings.
        CREATE TABLE report (
            id INTEGER PRIMARY KEY,              -- grows, never reused
            task INTEGER NOT NULL,
            report_id BLOB NOT NULL,             -- 16 bytes
            time INTEGER NOT NULL,               -- in the task's time precision
            bucket INTEGER NOT NULL,             -- where it waits: its time, or the task's open bucket when it came
            bytes INTEGER NOT NULL,              -- length of the upload, 0 on the Helper
            job INTEGER,                         -- job.id, once bound
            ordinal INTEGER,                     -- place in the job, from 0
            key_id INTEGER,                      -- verification_key_id of the binding; stays if the job gives it back
            attempts INTEGER NOT NULL DEFAULT 0, -- jobs that gave it back
            place INTEGER,                       -- where the upload's bytes begin: see UploadPlace; NULL once erased
            digest INTEGER,                      -- of these bytes: see DamageDigest; NULL once erased
            UNIQUE (task, report_id)
        ) STRICT;
        CREATE INDEX report_by_job ON report (job, ordinal) WHERE job IS NOT NULL;
        -- Which files of uploads are in use.
        CREATE INDEX report_by_place ON report (place) WHERE place IS NOT NULL;
        -- Uploads that are not erased.
        CREATE INDEX report_by_bucket ON report (task, bucket) WHERE place IS NOT NULL;
        """

    private static let jobs = """
        -- Aggregation jobs; see Aggregator.JobRecord. What the other kind has is empty.
        CREATE TABLE job (
            id INTEGER PRIMARY KEY,
            task INTEGER NOT NULL,
            kind TEXT NOT NULL,                  -- walk, batch
            job_id BLOB,                         -- DAP aggregation job, 16 bytes
            phase TEXT NOT NULL,
            init_digest BLOB NOT NULL,           -- SHA-256
            report_count INTEGER NOT NULL,
            refusals BLOB NOT NULL,

            -- Shards of walks.
            walk_id BLOB,
            ordinal INTEGER,                     -- among the walk's shards, from 0
            first_row INTEGER,                   -- report.id
            last_row INTEGER,                    -- report.id, included
            committed_steps INTEGER,
            transcript BLOB,
            evaluate_digest BLOB,
            verdict_digest BLOB,
            committed_evaluate_digest BLOB,
            evaluate_transcript BLOB,
            live BLOB,
            live_before BLOB,
            live_count INTEGER,
            checksum BLOB,
            sum BLOB,
            least_time INTEGER,
            greatest_time INTEGER,

            -- Jobs of batches.
            batch_id BLOB,                       -- leader-selected batches, 32 bytes
            parameter BLOB,                      -- aggregation parameter
            key_id INTEGER,                      -- verification_key_id
            step INTEGER,
            continue_digest BLOB,                -- SHA-256
            request BLOB,                        -- AggregationJobInitReq (Helper)
            continue_request BLOB,               -- AggregationJobContinueReq to be answered later (Helper)
            response BLOB,                       -- AggregationJobResp
            first_time INTEGER,                  -- of its reports, in the task's time precision (Leader)
            last_time INTEGER,                   -- included (Leader); time of the latest request (Helper)
            UNIQUE (task, job_id),
            UNIQUE (task, walk_id, ordinal)
        ) STRICT;
        CREATE INDEX job_of_batch_open ON job (task, id) WHERE kind = 'batch' AND phase NOT IN ('finished', 'abandoned');
        """

    private static let walks = """
        CREATE TABLE walk (
            task INTEGER NOT NULL,
            walk_id BLOB NOT NULL,               -- 16 bytes
            batch_selector BLOB NOT NULL,        -- DAP BatchSelector, empty while unknown
            started_at INTEGER NOT NULL,         -- seconds since the Epoch
            key_id INTEGER NOT NULL,             -- verification_key_id
            first_bucket INTEGER NOT NULL,       -- whose uploads are its batch (Leader)
            end_bucket INTEGER NOT NULL,         -- excluded
            interval_start INTEGER NOT NULL,     -- in the task's time precision, time-interval batches
            interval_end INTEGER NOT NULL,       -- excluded
            frozen INTEGER NOT NULL,             -- 1: no report joins any more
            initial_count INTEGER NOT NULL,      -- reports accepted at step 0
            ended TEXT,                          -- why it takes no further step
            PRIMARY KEY (task, walk_id)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX walk_by_batch ON walk (task, batch_selector) WHERE length(batch_selector) > 0;
        CREATE INDEX walk_by_bucket ON walk (task, end_bucket) WHERE end_bucket > first_bucket;

        -- Whose reports have this time: walks never share a bucket (Helper, time-interval batches).
        CREATE TABLE walk_bucket (
            task INTEGER NOT NULL,
            time INTEGER NOT NULL,               -- in the task's time precision
            walk_id BLOB NOT NULL,
            PRIMARY KEY (task, time)
        ) STRICT, WITHOUT ROWID;

        -- The history of rule 2.
        CREATE TABLE step (
            task INTEGER NOT NULL,
            walk_id BLOB NOT NULL,
            step INTEGER NOT NULL,
            parameter BLOB NOT NULL,             -- Poplar1AggregationParameter
            report_count INTEGER,                -- accepted reports, once this aggregator's share is stored
            resource_id BLOB,                    -- collection job (Leader) or aggregate share (Helper), 16 bytes
            PRIMARY KEY (task, walk_id, step)
        ) STRICT, WITHOUT ROWID;
        """

    private static let resources = """
        -- Collection jobs (Leader) and aggregate shares (Helper), with the sealed shares of rule 6.
        CREATE TABLE resource (
            id INTEGER PRIMARY KEY,              -- grows
            task INTEGER NOT NULL,
            resource_id BLOB NOT NULL,           -- 16 bytes
            walk_id BLOB,                        -- of a walk's step
            step INTEGER,
            batch_selector BLOB,                 -- DAP BatchSelector, of a batch
            request_digest BLOB NOT NULL,        -- SHA-256
            request BLOB NOT NULL,               -- CollectionJobReq, or AggregateShareReq while it is worked on
            state TEXT NOT NULL,                 -- running, released, failed, deleted
            closed INTEGER NOT NULL,             -- 1: no report joins the batch any more
            created_at INTEGER NOT NULL,         -- seconds since the Epoch
            last_row INTEGER NOT NULL,           -- report.id
            response BLOB NOT NULL,              -- the answer as first sent, or a problem document
            failure_status INTEGER NOT NULL,     -- HTTP status
            UNIQUE (task, resource_id)
        ) STRICT;
        CREATE INDEX resource_by_request ON resource (task, request_digest);
        CREATE INDEX resource_running ON resource (task, id) WHERE state = 'running';
        """

    private static let batches = """
        -- Committed output shares. A key is 8 bytes of time, big endian, or a batch ID.
        CREATE TABLE batch_bucket (
            task INTEGER NOT NULL,
            key BLOB NOT NULL,
            parameter BLOB NOT NULL,
            share BLOB NOT NULL,                 -- aggregate share, empty once the batch is collected
            count INTEGER NOT NULL,
            checksum BLOB NOT NULL,              -- 32 bytes
            least_time INTEGER,                  -- in the task's time precision
            greatest_time INTEGER,               -- included
            PRIMARY KEY (task, key)
        ) STRICT;

        -- Buckets that take nothing any more, by ranges that share none; those without reports are in them too.
        CREATE TABLE collected (
            task INTEGER NOT NULL,
            first_key BLOB NOT NULL,
            last_key BLOB NOT NULL,              -- included
            walk_id BLOB,                        -- the walk that has them (Leader)
            PRIMARY KEY (task, first_key)
        ) STRICT, WITHOUT ROWID;

        -- Batches that the Leader selected.
        CREATE TABLE selected_batch (
            id INTEGER PRIMARY KEY,              -- grows
            task INTEGER NOT NULL,
            batch_id BLOB NOT NULL,
            parameter BLOB NOT NULL,
            open INTEGER NOT NULL,               -- 1: reports may join
            claimed INTEGER NOT NULL,            -- 1: a collection job has it
            UNIQUE (task, batch_id)
        ) STRICT;
        CREATE INDEX selected_batch_open ON selected_batch (task, id) WHERE open = 1;
        """
}
