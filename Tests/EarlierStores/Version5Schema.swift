/// The tables of version 5, the last with a file for each task, as its program made them.
enum Version5Schema {
    static let all = [tables, rejectionTable, batchTables, placeIndex, ledgerTables].joined(separator: "\n")

    private static let placeIndex = "CREATE INDEX report_by_place ON report (place) WHERE place IS NOT NULL;"

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

    private static let batchTables = """
        -- Uploads that no job has taken.
        CREATE INDEX report_waiting ON report (time) WHERE job IS NULL;

        -- Aggregation jobs; see Aggregator.BatchJobRecord.
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

        -- Committed output shares. A key is 8 bytes of time, big endian, or a batch ID.
        CREATE TABLE batch_bucket (
            key BLOB PRIMARY KEY NOT NULL,
            parameter BLOB NOT NULL,
            share BLOB NOT NULL,                 -- aggregate share, empty once the batch is collected
            count INTEGER NOT NULL,
            checksum BLOB NOT NULL,              -- 32 bytes
            least_time INTEGER,                  -- in the task's time precision
            greatest_time INTEGER                -- included
        ) STRICT;

        -- Buckets that were collected, by ranges that share none; those without reports are in them too.
        CREATE TABLE collected (
            first_key BLOB PRIMARY KEY NOT NULL,
            last_key BLOB NOT NULL               -- included
        ) STRICT, WITHOUT ROWID;

        -- Batches that the Leader selected.
        CREATE TABLE selected_batch (
            id INTEGER PRIMARY KEY,              -- grows
            batch_id BLOB NOT NULL UNIQUE,
            parameter BLOB NOT NULL,
            open INTEGER NOT NULL,               -- 1: reports may join
            claimed INTEGER NOT NULL             -- 1: a collection job has it
        ) STRICT;

        -- Collection jobs (Leader).
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

        -- Aggregate shares (Helper).
        CREATE TABLE aggregate_share (
            share_id BLOB PRIMARY KEY NOT NULL,  -- 16 bytes
            request_digest BLOB NOT NULL,        -- SHA-256
            request BLOB NOT NULL,               -- AggregateShareReq while it is worked on
            state TEXT NOT NULL,
            response BLOB NOT NULL,              -- the answer as first sent, or a problem document
            failure_status INTEGER NOT NULL      -- HTTP status
        ) STRICT;
        """

    private static let ledgerTables = """
        -- Each start of a process on this store, in order.
        CREATE TABLE incarnation (
            id INTEGER PRIMARY KEY,               -- grows
            incarnation_id BLOB NOT NULL UNIQUE,  -- 16 bytes
            count INTEGER NOT NULL                -- commits that must never be forgotten
        ) STRICT;

        -- The newest 64 that were heard of the other aggregator's store, in the order in which they were first heard of.
        CREATE TABLE peer_incarnation (
            id INTEGER PRIMARY KEY,               -- grows
            incarnation_id BLOB NOT NULL UNIQUE,  -- 16 bytes
            count INTEGER NOT NULL                -- the greatest that was heard
        ) STRICT;
        """
}
