/// When secrets of kept tasks are used; new in version 8.
extension Schema {
    static let rotation = """
        -- Seconds since the Epoch, each as SecretTimes says.
        ALTER TABLE task_secret ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE task_secret ADD COLUMN until INTEGER;
        -- Of a key that no new report may be sealed to: the rows, 8 bytes each, up to which there may be such reports.
        ALTER TABLE task_secret ADD COLUMN last_bodies BLOB;
        -- Raised with every change of its secrets: other processes see that by it.
        ALTER TABLE kept_task ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
        """
}
