#if PostgreSQL
import Aggregator
import PopulusDAP
import Logging

extension PostgreSQLDatastore {
    /// Makes the store of a task, once; nothing else does: the tables of its role, or a task more in those that are there.
    ///
    /// A store that came into being by itself, after a slip in an address, would let every report of its task be evaluated a
    /// second time (rule 1 of the walk).
    ///
    /// - Parameters:
    ///   - earliestReportTime: reports of an earlier time are refused for ever, in seconds since the Epoch; for a task whose
    ///     store was lost.
    ///   - sealKeys: what new tables are sealed with, if they are to be; a task more needs none of sealed ones.
    ///   - isAlone: false where processes that work side by side have the store open.
    /// - Returns: where it is, for people, and whether its tables were made.
    /// - Throws: `StoreError`: `.exists` if there is a store of the task; `.notAStore` if the schema has tables of these names
    ///   that are none. Then nothing was made.
    @discardableResult
    package static func create(
        at address: PostgreSQLAddress, role: Role, task: TaskID, configurationDigest: [UInt8],
        earliestReportTime: UInt64 = 0, isAlone: Bool = true, sealKeys: SealKeys? = nil, logger: Logger? = nil
    ) throws -> (place: String, isNew: Bool) {
        let store = StoreID.random()
        var (place, isNew) = ("", false)
        try StoreChange(address: address, role: role, logger: logger, isAlone: isAlone).run { db in
            let row = try db.one("SELECT store FROM task WHERE task_id = $1", [.bytes(task.bytes)]) {
                try $0.identifier(StoreID.self)
            }
            return row == store
        } change: { db in
            place = db.place
            isNew = try !StoreTables.exist(db)
            if isNew { try StoreTables.create(db, role: role, sealKeys: sealKeys) }
            try StoreTables.checkCurrent(db, role: role)
            if sealKeys != nil { _ = try SealUse.checked(sealKeys).admit(db, role: role) }
            let known = try StoreTables.tasks(db)
            guard !known.contains(where: { $0.id == task }) else {
                throw StoreError.exists("the store of task \(task) in \(place)")
            }
            try LedgerTables.create(
                task, store: store, configurationDigest: configurationDigest, earliestReportTime: earliestReportTime,
                db)
        }
        return (place, isNew)
    }

    /// Makes the tables of a role without tasks, once; they are added by their operator's word.
    ///
    /// - Throws: `StoreError.exists` if there is a store.
    package static func create(
        at address: PostgreSQLAddress, role: Role, sealKeys: SealKeys? = nil, logger: Logger? = nil
    ) throws {
        let database = StoreID.random()
        try StoreChange(address: address, role: role, logger: logger).run { db in
            try StoreTables.identity(db) == database
        } change: { db in
            guard try !StoreTables.exist(db) else { throw StoreError.exists("the store in \(db.place)") }
            try StoreTables.create(db, role: role, database: database, sealKeys: sealKeys)
        }
    }
}
#endif
