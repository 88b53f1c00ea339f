#if PostgreSQL
/// What the Collector is told of rejected reports.
extension Schema {
    static let rejected = """
        -- Reports of a walk or a batch that were rejected for good (Leader), for its Collector. A row with party 0 says that some
        -- were not counted, by a version that had no such table: of this very subject or, for a time, of all up to it.
        CREATE TABLE rejected (
            task bigint NOT NULL,
            subject bytea NOT NULL,             -- a walk's ID, or a batch bucket's key
            party bigint NOT NULL,              -- DAP Role of who rejected them
            error bigint NOT NULL,              -- DAP ReportError
            count bigint NOT NULL,
            PRIMARY KEY (task, subject, party, error)
        ) WITH (fillfactor = 50);
        """

    /// What of version 2 comes to version 3.
    ///
    /// Nobody has counted what was rejected so far, and no result may say that it was none. What comes later belongs to walks
    /// and batches that begin later, or by time to reports of a later time.
    static let fromVersion2 =
        rejected + """

            INSERT INTO rejected (task, subject, party, error, count) SELECT task, walk_id, 0, 0, 0 FROM walk;
            INSERT INTO rejected (task, subject, party, error, count) SELECT task, batch_id, 0, 0, 0 FROM selected_batch;
            INSERT INTO rejected (task, subject, party, error, count)
            SELECT task, int8send(max(time)), 0, 0, 0 FROM report GROUP BY task;
            """
}
#endif
