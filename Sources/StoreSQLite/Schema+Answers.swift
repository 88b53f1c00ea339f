import GRDB

/// When answers were given, which is what they expire by; new in version 9.
extension Schema {
    static let answers = """
        -- When it was released or failed, in seconds since the Epoch; NULL before, and where an earlier version did so.
        ALTER TABLE resource ADD COLUMN answered_at INTEGER;
        -- Answers that are kept, the oldest first.
        DROP INDEX resource_answered;
        CREATE INDEX resource_answered ON resource (task, coalesce(answered_at, created_at))
            WHERE state IN ('released', 'failed');
        """

    /// Brings a file of version 8, whose answers expired by when they were asked for, to version 9, in the transaction at hand.
    static func bringToVersion9(_ db: Database) throws {
        try db.execute(sql: answers)
        try db.setMeta("version", "9")
    }
}
