#if PostgreSQL
import Aggregator

/// The partitions that a task's bodies are in, one for each day of arrival.
///
/// The day is that of the database's clock in UTC, and a name: `upload_TASK_20261129`. Nothing safe rests on it. A clock that
/// is wrong, or goes back, has bodies lie in another partition, and `kept` says in which.
///
/// A partition is made when the first body of its day comes, or the day before, by an upload that has the task's lock along
/// with others. So none waits for that but those that need the very partition. It is dropped when none of its bodies is needed
/// any more, by a write that has the task's lock alone. Until then what was erased can be read by whoever may read the
/// database's files, and so can what an upload wrote that was undone; afterwards in the database's backups and archived log.
struct UploadDays {
    let db: PostgreSQLConnection
    /// The row of `task`.
    let task: Int64

    /// The name of the day, by the beginning of the transaction.
    static let today = "to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')"
    static let tomorrow = "to_char(now() AT TIME ZONE 'UTC' + interval '1 day', 'YYYYMMDD')"

    /// Makes today's partition, unless it is there.
    ///
    /// Who comes second waits for the commit of who came first, and finds it. Nothing waits for the other of both: the lock is
    /// taken before anything is inserted, and readers and uploads into other partitions go on beside it.
    func makeToday() throws { try db.script(making(Self.today)) }

    /// Makes tomorrow's partition, unless another transaction is about to: then it is that one's.
    func makeAhead() throws {
        try db.script(
            making(
                Self.tomorrow,
                if: "pg_try_advisory_xact_lock(\(Self.aheadLock), hashtext('upload_\(task)'::regclass::oid::text))"))
    }

    /// Sets these locks apart from the others that a database has by number.
    private static let aheadLock = 1_886_351_477

    /// Makes a day's partition, unless it is there.
    ///
    /// No body in it is ever changed, and it is gone before its transactions are old, so a vacuum would read all bytes for
    /// nothing. It is attached, and not made in its place, since that takes a lock that stops nobody.
    private func making(_ day: String, if condition: String = "true") -> String {
        """
        DO $$
        DECLARE
            day text := \(day);
            leaf text := 'upload_\(task)_' || day;
        BEGIN
            IF NOT \(condition) THEN RETURN; END IF;
            LOCK TABLE upload_\(task) IN SHARE UPDATE EXCLUSIVE MODE;
            IF to_regclass(leaf) IS NOT NULL THEN RETURN; END IF;
            EXECUTE format('CREATE TABLE %I (LIKE upload INCLUDING STORAGE, PRIMARY KEY (place))
                WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false)', leaf);
            EXECUTE format('ALTER TABLE upload_\(task) ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                leaf, day, day::integer + 1);
        END $$
        """
    }

    /// Whether a day's partition is there.
    func has(_ day: Int64) throws -> Bool {
        try db.one(
            "SELECT to_regclass('upload_' || $1::bigint || '_' || $2::bigint) IS NOT NULL",
            [.integer(task), .integer(day)]
        ) { try $0.boolean() } ?? false
    }

    /// Which partitions are looked at.
    enum Bound: String {
        /// Today's too: where what is erased was a batch, and nothing of it is to be left.
        case today = "<="
        /// Only those of earlier days: what is erased every few seconds would have the same one be made again and again.
        case yesterday = "<"
    }

    /// Drops the partitions of which no body is needed any more; the caller has the task's lock alone.
    ///
    /// One that somebody else reads for longer than a moment, such as a backup by `pg_dump`, stays until the next time, and so do
    /// those behind it, which may be read as well: whoever came after would have to wait for all of them. What is needed is asked
    /// for in the order of an index: where nothing is, PostgreSQL would go through all that is kept otherwise.
    func dropUnused(through bound: Bound) throws {
        try db.script(
            """
            DO $$
            DECLARE
                leaf record;
                before text := current_setting('lock_timeout');
            BEGIN
                FOR leaf IN
                    SELECT name, day FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid,
                        LATERAL (SELECT relname AS name, substring(relname from '[0-9]+$')::integer AS day) AS part
                    WHERE inhparent = 'upload_\(task)'::regclass AND day \(bound.rawValue) \(Self.today)::integer
                        AND day IS DISTINCT FROM (SELECT kept.day FROM kept WHERE kept.task = \(task)
                            AND kept.day >= part.day ORDER BY kept.day LIMIT 1)
                LOOP
                    BEGIN
                        PERFORM set_config('lock_timeout', '500ms', true);
                        EXECUTE format('DROP TABLE %I', leaf.name);
                        PERFORM set_config('lock_timeout', before, true);
                    EXCEPTION WHEN lock_not_available THEN
                        EXIT;
                    END;
                END LOOP;
            END $$
            """)
    }
}
#endif
