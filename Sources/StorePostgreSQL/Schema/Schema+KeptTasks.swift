#if PostgreSQL
/// Tasks that the store keeps.
extension Schema {
    static let keptTasks = """
        -- Tasks that were added while a server ran: what it needs to serve them, but for their secrets. The others are in files.
        CREATE TABLE kept_task (
            task bigint PRIMARY KEY,            -- task.id
            configuration bytea NOT NULL,       -- encoded TaskConfiguration
            collector_config bytea NOT NULL,    -- encoded HpkeConfig
            task_point bigint NOT NULL,         -- the walk extension's code points
            aggregation_point bigint NOT NULL,
            collection_point bigint NOT NULL,
            noise_point bigint NOT NULL,
            clock_skew bigint NOT NULL,         -- seconds
            added bigint NOT NULL               -- seconds since the Epoch
        );

        -- Their secrets, each by itself.
        CREATE TABLE task_secret (
            task bigint NOT NULL,
            number bigint NOT NULL,             -- their order, from 0
            kind text NOT NULL,                 -- hpke_key, verify_key, …: see TaskSecret.Kind
            label bytea NOT NULL,               -- what may be known of it
            secret bytea NOT NULL,
            PRIMARY KEY (task, number)
        );
        """

    /// What of version 3 comes to version 4: no task was kept, and none had been ended.
    static let fromVersion3 =
        keptTasks + """

            ALTER TABLE task ADD COLUMN closed bigint, ADD COLUMN stopped bigint;

            """ + expiry + "\n" + rotation
}
#endif
