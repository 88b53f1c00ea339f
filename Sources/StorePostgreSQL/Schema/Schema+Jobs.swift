#if PostgreSQL
/// Jobs, walks, and what is asked of them. Bytes that are large are shares and digests, which no compression makes smaller.
extension Schema {
    static let jobs = """
        -- Aggregation jobs; see Aggregator.JobRecord. What the other kind has is empty. A step changes a shard in place, and no
        -- column of an index with it, so that pages with room take the new row and no index is written to.
        CREATE TABLE job (
            id bigint PRIMARY KEY,
            task bigint NOT NULL,
            kind text NOT NULL,                 -- walk, batch
            job_id bytea,                       -- DAP aggregation job, 16 bytes
            phase text NOT NULL,
            init_digest bytea NOT NULL,         -- SHA-256
            report_count bigint NOT NULL,
            refusals bytea NOT NULL,

            -- Shards of walks.
            walk_id bytea,
            ordinal bigint,                     -- among the walk's shards, from 0
            first_row bigint,                   -- report.id
            last_row bigint,                    -- report.id, included
            committed_steps bigint,
            transcript bytea,
            evaluate_digest bytea,
            verdict_digest bytea,
            committed_evaluate_digest bytea,
            evaluate_transcript bytea,
            live bytea,
            live_before bytea,
            live_count bigint,
            checksum bytea,
            sum bytea,
            least_time bigint,
            greatest_time bigint,

            -- Jobs of batches.
            batch_id bytea,                     -- leader-selected batches, 32 bytes
            parameter bytea,                    -- aggregation parameter
            key_id bigint,                      -- verification_key_id
            step bigint,
            continue_digest bytea,              -- SHA-256
            request bytea,                      -- AggregationJobInitReq (Helper)
            continue_request bytea,             -- AggregationJobContinueReq to be answered later (Helper)
            response bytea,                     -- AggregationJobResp
            first_time bigint,                  -- of its reports, in the task's time precision (Leader)
            last_time bigint,                   -- included (Leader); time of the latest request (Helper)
            UNIQUE (task, job_id),
            UNIQUE (task, walk_id, ordinal)
        ) WITH (fillfactor = 50);
        ALTER TABLE job ALTER refusals SET STORAGE EXTERNAL, ALTER live SET STORAGE EXTERNAL,
            ALTER live_before SET STORAGE EXTERNAL, ALTER sum SET STORAGE EXTERNAL, ALTER request SET STORAGE EXTERNAL,
            ALTER continue_request SET STORAGE EXTERNAL, ALTER response SET STORAGE EXTERNAL;
        -- Jobs of batches that go on: a few of all that there ever were.
        CREATE INDEX job_of_batch_open ON job (task, id) WHERE kind = 'batch' AND phase NOT IN ('finished', 'abandoned');
        """

    static let walks = """
        CREATE TABLE walk (
            task bigint NOT NULL,
            walk_id bytea NOT NULL,             -- 16 bytes
            batch_selector bytea NOT NULL,      -- DAP BatchSelector, empty while unknown
            started_at bigint NOT NULL,         -- seconds since the Epoch
            key_id bigint NOT NULL,             -- verification_key_id
            first_bucket bigint NOT NULL,       -- whose uploads are its batch (Leader)
            end_bucket bigint NOT NULL,         -- excluded
            interval_start bigint NOT NULL,     -- in the task's time precision, time-interval batches
            interval_end bigint NOT NULL,       -- excluded
            frozen boolean NOT NULL,            -- no report joins any more
            initial_count bigint NOT NULL,      -- reports accepted at step 0
            ended text,                         -- why it takes no further step
            PRIMARY KEY (task, walk_id)
        );
        CREATE UNIQUE INDEX walk_by_batch ON walk (task, batch_selector) WHERE length(batch_selector) > 0;
        -- The last bucket that a walk has.
        CREATE INDEX walk_by_bucket ON walk (task, end_bucket) WHERE end_bucket > first_bucket;

        -- Whose reports have this time: walks never share a bucket (Helper, time-interval batches).
        CREATE TABLE walk_bucket (
            task bigint NOT NULL,
            time bigint NOT NULL,               -- in the task's time precision
            walk_id bytea NOT NULL,
            PRIMARY KEY (task, time)
        );

        -- The history of rule 2.
        CREATE TABLE step (
            task bigint NOT NULL,
            walk_id bytea NOT NULL,
            step bigint NOT NULL,
            parameter bytea NOT NULL,           -- Poplar1AggregationParameter
            report_count bigint,                -- accepted reports, once this aggregator's share is stored
            resource_id bytea,                  -- collection job (Leader) or aggregate share (Helper), 16 bytes
            PRIMARY KEY (task, walk_id, step)
        );
        """

    static let resources = """
        -- Collection jobs (Leader) and aggregate shares (Helper), with the sealed shares of rule 6.
        CREATE TABLE resource (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- grows: one write of a task at a time draws it
            task bigint NOT NULL,
            resource_id bytea NOT NULL,         -- 16 bytes
            walk_id bytea,                      -- of a walk's step
            step bigint,
            batch_selector bytea,               -- DAP BatchSelector, of a batch
            request_digest bytea NOT NULL,      -- SHA-256
            request bytea NOT NULL,             -- CollectionJobReq, or AggregateShareReq while it is worked on
            state text NOT NULL,                -- running, released, failed, deleted
            closed boolean NOT NULL,            -- no report joins the batch any more
            created_at bigint NOT NULL,         -- seconds since the Epoch
            last_row bigint NOT NULL,           -- report.id
            response bytea NOT NULL,            -- the answer as first sent, or a problem document
            failure_status bigint NOT NULL,     -- HTTP status
            UNIQUE (task, resource_id)
        );
        ALTER TABLE resource ALTER response SET STORAGE EXTERNAL;
        -- A request that comes again; the latest of several.
        CREATE INDEX resource_by_request ON resource (task, request_digest, id);
        -- Those to be worked on, a few of all that there ever were.
        CREATE INDEX resource_running ON resource (task, id) WHERE state = 'running';
        """

    static let batches = """
        -- Committed output shares. A key is 8 bytes of time, big endian, or a batch ID. Each job changes some in place.
        CREATE TABLE batch_bucket (
            task bigint NOT NULL,
            key bytea NOT NULL,
            parameter bytea NOT NULL,
            share bytea NOT NULL,               -- aggregate share, empty once the batch is collected
            count bigint NOT NULL,
            checksum bytea NOT NULL,            -- 32 bytes
            least_time bigint,                  -- in the task's time precision
            greatest_time bigint,               -- included
            PRIMARY KEY (task, key)
        ) WITH (fillfactor = 50);
        ALTER TABLE batch_bucket ALTER share SET STORAGE EXTERNAL;

        -- Buckets that take nothing any more, by ranges that share none; those without reports are in them too.
        CREATE TABLE collected (
            task bigint NOT NULL,
            first_key bytea NOT NULL,
            last_key bytea NOT NULL,            -- included
            walk_id bytea,                      -- the walk that has them (Leader)
            PRIMARY KEY (task, first_key)
        );

        -- Batches that the Leader selected.
        CREATE TABLE selected_batch (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- grows: one write of a task at a time draws it
            task bigint NOT NULL,
            batch_id bytea NOT NULL,
            parameter bytea NOT NULL,
            open boolean NOT NULL,              -- reports may join
            claimed boolean NOT NULL,           -- a collection job has it
            UNIQUE (task, batch_id)
        );
        -- Those that reports may join, in order: a few of all that there ever were.
        CREATE INDEX selected_batch_open ON selected_batch (task, id) WHERE open;
        """
}
#endif
