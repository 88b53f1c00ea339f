#if PostgreSQL
/// Reports, by what becomes of them.
///
/// - What is never forgotten, but for its age (`task.forgotten_before`), is only ever inserted: `report` (replays) and
///   `binding` (rule 1: its row is the binding, and there can be no second one). PostgreSQL writes a changed row anew, with an entry in each index, and `report` has one over
///   random IDs, which would be the dearest write of all.
/// - What comes and goes is in a small row of `kept`, which erasing deletes.
/// - The bytes are in `upload`, where no row is ever changed or deleted: a partition goes as a whole (``UploadDays``).
extension Schema {
    static let reports = """
        -- Every report ever seen, for as long as the task lives or until it is forgotten for its age: the memory of
        -- replays. Its rows come from the task's sequence report_row_TASK, so they grow, and may be seen out of order. The unique row is what tells a replay.
        CREATE TABLE report (
            id bigint PRIMARY KEY,              -- grows, never reused
            task bigint NOT NULL,
            report_id bytea NOT NULL,           -- 16 bytes
            time bigint NOT NULL,               -- in the task's time precision
            UNIQUE (task, report_id)
        );

        -- Which job has a report (rule 1). Deleted with its report, and where a job gives that back, which none of Poplar1 does.
        CREATE TABLE binding (
            id bigint PRIMARY KEY,              -- report.id
            task bigint NOT NULL,
            job bigint NOT NULL,                -- job.id; -1 for what a renewed store has given up
            ordinal integer NOT NULL,           -- place in the job, from 0
            key_id smallint NOT NULL            -- verification_key_id
        );
        -- A job's reports, by place.
        CREATE INDEX binding_by_job ON binding (job, ordinal);

        -- Reports that a job gave back, be it that another one has them now: few.
        CREATE TABLE returned (
            id bigint PRIMARY KEY,              -- report.id
            task bigint NOT NULL,
            key_id smallint NOT NULL,           -- verification_key_id of the latest binding: the only one for the next
            attempts bigint NOT NULL            -- jobs that gave it back for another attempt
        );

        -- Bodies that are needed yet, one row each: uploads (Leader), and what shards were made from (Helper).
        CREATE TABLE kept (
            id bigint PRIMARY KEY,              -- report.id
            task bigint NOT NULL,
            bucket bigint NOT NULL,             -- where it waits: its time, or the task's open bucket when it came
            time bigint NOT NULL,               -- in the task's time precision
            place bigint NOT NULL,              -- upload.place
            digest bigint NOT NULL,             -- of the body: see DamageDigest
            job bigint,                         -- binding.job and its ordinal, once bound
            ordinal integer,
            bytes integer NOT NULL,             -- length of the body
            day integer NOT NULL                -- upload.day
        );
        -- Batches: what waits in some buckets, and their first and last row. Also the order in which batch jobs take uploads.
        CREATE INDEX kept_by_bucket ON kept (task, bucket, id);
        -- The bodies of a job, by place, and which jobs have any.
        CREATE INDEX kept_by_job ON kept (task, job, ordinal) WHERE job IS NOT NULL;
        -- Whether a partition is needed yet.
        CREATE INDEX kept_by_day ON kept (task, day);

        -- The bytes. Partitions are upload_TASK, and upload_TASK_DAY under each; see UploadDays. A body is not compressed: it is
        -- ciphertext.
        CREATE TABLE upload (
            task bigint NOT NULL,
            day integer NOT NULL,               -- of arrival by the database's clock in UTC, such as 20261129
            place bigint NOT NULL,              -- as report.id, of the same sequence; unique in its partition
            body bytea NOT NULL                 -- encoded Report (Leader), ReportShare (Helper)
        ) PARTITION BY LIST (task);
        ALTER TABLE upload ALTER body SET STORAGE EXTERNAL;
        """
}
#endif
