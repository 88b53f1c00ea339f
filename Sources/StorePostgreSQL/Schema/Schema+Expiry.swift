#if PostgreSQL
/// What a store needs to forget reports by their time.
extension Schema {
    static let expiry = """
        -- Reports of an earlier time may have been forgotten: in the task's time precision; only grows.
        ALTER TABLE task ADD COLUMN forgotten_before bigint NOT NULL DEFAULT 0;
        -- How old a report may be, in seconds; NULL where it may have any age.
        ALTER TABLE kept_task ADD COLUMN report_expiry bigint;
        -- Reports by their time, the oldest first.
        CREATE INDEX report_by_time ON report (task, time, id);
        -- When it was released or failed, in seconds since the Epoch; NULL before, and where an earlier version did so.
        ALTER TABLE resource ADD COLUMN answered_at bigint;
        -- Answers that are kept, the oldest first.
        CREATE INDEX resource_answered ON resource (task, coalesce(answered_at, created_at)) WHERE state IN ('released', 'failed');
        """
}
#endif
