#if PostgreSQL
/// When answers were given, which is what they expire by; new in version 5.
extension Schema {
    /// What of version 4, whose answers expired by when they were asked for, comes to version 5 too.
    static let answers = """
        -- When it was released or failed, in seconds since the Epoch; NULL before, and where an earlier version did so.
        ALTER TABLE resource ADD COLUMN answered_at bigint;
        -- Answers that are kept, the oldest first.
        DROP INDEX resource_answered;
        CREATE INDEX resource_answered ON resource (task, coalesce(answered_at, created_at))
            WHERE state IN ('released', 'failed');
        """
}
#endif
