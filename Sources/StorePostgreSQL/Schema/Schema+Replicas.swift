#if PostgreSQL
/// Who works on the store, and at what. Nothing that is counted or sealed rests on these rows.
extension Schema {
    static let replicas = """
        -- Processes that share the store, by their own word. They say so every few seconds, so pages keep room for it.
        CREATE TABLE replica (
            id bytea PRIMARY KEY,               -- 16 bytes, drawn at each start
            address text NOT NULL,              -- where the others reach it
            seen_until timestamptz NOT NULL,    -- counts as dead from then on, by this database's clock
            alive_since timestamptz NOT NULL DEFAULT clock_timestamp() -- without counting as dead in between
        ) WITH (fillfactor = 50);

        -- Work that is one process's: that of whoever has taken it last. Written under the task's lock, as all else of a task.
        CREATE TABLE claim (
            task bigint NOT NULL,
            kind text NOT NULL,                 -- resource, row, job, expiry
            key bytea NOT NULL,                 -- resource.resource_id, job.id (8 bytes, big endian), job.job_id or none
            replica bytea NOT NULL,             -- replica.id; may be gone
            token bigint NOT NULL,              -- of claim_token: no two claims have the same
            progress bigint NOT NULL,           -- what the owner says of how far it is
            PRIMARY KEY (task, kind, key)
        ) WITH (fillfactor = 50);

        CREATE SEQUENCE claim_token;
        """

    /// What of version 1 comes to version 2.
    static let fromVersion1 = replicas
}
#endif
