#if PostgreSQL
/// When secrets of kept tasks are used; new in version 4.
extension Schema {
    static let rotation = """
        -- Seconds since the Epoch, each as SecretTimes says; last_bodies: of a key that no new report may be sealed to, the rows,
        -- 8 bytes each, up to which there may be such reports.
        ALTER TABLE task_secret
            ADD COLUMN since bigint NOT NULL DEFAULT 0, ADD COLUMN until bigint, ADD COLUMN last_bodies bytea;
        -- Raised with every change of its secrets: other processes see that by it.
        ALTER TABLE kept_task ADD COLUMN revision bigint NOT NULL DEFAULT 0;
        """
}
#endif
