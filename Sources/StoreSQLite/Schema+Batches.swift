/// The tables of batch tasks.
extension Schema {
    static let batchTables = """
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
}
