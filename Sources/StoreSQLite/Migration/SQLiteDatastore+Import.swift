import Aggregator
import GRDB
import PopulusDAP
import PopulusDurableFiles

/// Stores of earlier versions in the folder of a role's file.
extension SQLiteDatastore {
    /// Makes the file of a role where every task that is asked for has a store of an earlier version to be brought into it.
    ///
    /// Where one has none, or its file says that it was brought over before, the role's file is missing, and is not made anew.
    static func makeForImport(_ files: StoreFiles, role: Role, of tasks: [TaskID], _ earlier: EarlierFiles?) throws {
        guard let earlier, !tasks.isEmpty, files.found == nil, tasks.allSatisfy(earlier.isToCome) else { return }
        try make(files, role: role) { _ in }
    }

    /// Brings the store of a task here, if it lies in a file of an earlier version, or brings that to its end.
    ///
    /// - Parameter fill: does more in the transaction that brings everything, with the task's row.
    /// - Throws: `StoreError`, why the old file is refused; then nothing of it was changed.
    func bringOver(
        _ task: TaskID, configurationDigest: [UInt8], for purpose: StoreInspection.Purpose,
        filling fill: (Database, Int64) throws -> Void = { _, _ in }
    ) throws {
        guard let earlier, let old = try earlier.files(of: task) else {
            let known = try pool.read { try FileTables.row(of: task, in: $0) }
            guard known?.state ?? "here" == "here" else {
                throw StoreError.incomplete(
                    "the store of task \(task) is being brought into \(files.path), and "
                        + "\(earlier?.path(of: task) ?? "its old file") is missing")
            }
            return
        }
        // A link under the role's name may lead to the old file, which then came to this version where it is.
        if FileIdentity(old.path) == FileIdentity(files.path) { return }
        if try pool.read({ try $0.meta(SealUse.name) }) != nil { throw StoreError.seal(.earlier(old.path)) }
        try importing.withLock { _ in
            let lock = try StoreLock(old)
            defer { lock.release() }
            if FileIdentity(old.mark) != nil { try lock.take(old.mark) }
            do {
                try StoreImport(
                    datastore: self, task: task, configurationDigest: configurationDigest, purpose: purpose,
                    earlier: old, lock: lock
                ).run(filling: fill)
            } catch {
                throw StoreError(wrapping: error, of: old.path)
            }
        }
    }
}
