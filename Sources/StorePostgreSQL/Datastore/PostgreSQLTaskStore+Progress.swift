#if PostgreSQL
import Aggregator
import PopulusDAP

/// What a process knows of its own commits and of those of others.
extension PostgreSQLTaskStore {
    /// What other processes have committed, read within a transaction that has the task's lock alone.
    ///
    /// - Throws: `StoreError.putBack` where something is not there any more that was.
    func othersRecord(over db: PostgreSQLConnection) throws -> StoreLedger.Record {
        let record = try LedgerTables(db: db, task: row).record(newest: StoreEcho.greatestCount)
        try check(record)
        return record
    }

    /// Sees that nothing is lost that was seen to be committed, whichever process did that.
    ///
    /// - Parameter before: what was known before the record was read, where that was not done under the task's lock.
    func check(_ record: StoreLedger.Record, since before: [IncarnationID: UInt64]? = nil) throws {
        guard let fallen = ledger.fallen(in: record, since: before) else { return }
        throw StoreError.putBack("another server's start \(fallen) is not as far as it was seen to be")
    }

    /// Counts on in another incarnation, which is durable.
    func begin(_ incarnation: IncarnationID, _ record: StoreLedger.Record) throws {
        ledger.learn(record)
        ledger.begin(incarnation)
        lane.progress.withLock { $0 = WriteProgress() }
        lane.later.withLock { $0 = 0 }
        try markFile?.begin(incarnation, others: ledger.others(TaskMark.greatestOthers))
    }

    /// Takes note of what is durable now, before anyone is answered: no answer says less than that.
    func committed(_ change: UnansweredCommit) throws(StoreError) {
        lane.unanswered.withLock { $0 = nil }
        let before = lane.progress.withLock { progress in
            defer { progress = change.progress }
            return progress
        }
        let isCounted = change.progress.count != before.count
        ledger.committed(change.unsaved, count: isCounted ? change.progress.count : nil)
        if let record = change.record { ledger.learn(record) }
        try markFile?.raise(
            to: change.progress, others: datastore.isAlone ? [] : ledger.others(TaskMark.greatestOthers))
    }
}
#endif
