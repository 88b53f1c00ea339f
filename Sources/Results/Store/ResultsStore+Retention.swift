import PopulusDAP

/// How long results are kept.
package struct Retention: Hashable, Sendable {
    /// Those that ended more than so many seconds ago go, but never a task's latest result; none for their age where
    /// there is no number.
    package var age: UInt64?
    /// So many of each task stay, the latest; and as many collections.
    ///
    /// Failed walks push no result out. They go with the oldest result that stays, and as many of them stay at most.
    package var newest: Int?

    package init(age: UInt64? = nil, newest: Int? = nil) {
        (self.age, self.newest) = (age, newest)
    }
}

/// What retention asks of a walk or a collection.
struct RetainedRow: Hashable {
    let id: Int64
    let ended: UInt64
    let isFailure: Bool
}

extension Retention {
    /// Those that are no longer to be kept.
    ///
    /// - Parameter all: a task's walks, or its collections, in the order in which they ended.
    func outdated(_ all: [RetainedRow], now: UInt64) -> [RetainedRow] {
        let latest = all.last { !$0.isFailure }
        var stay = all
        if let age { stay.removeAll { $0.ended < now - min(now, age) && $0 != latest } }
        if let newest {
            let (results, failures) = (stay.filter { !$0.isFailure }, stay.filter(\.isFailure))
            let kept = Array(results.suffix(max(0, newest)))
            let oldest = kept.count < newest ? 0 : kept.first?.ended ?? 0
            stay = kept + failures.suffix(max(0, newest)).filter { $0.ended >= oldest }
        }
        let staying = Set(stay)
        return all.filter { !staying.contains($0) }
    }
}

extension ResultsStore {
    /// How much was deleted.
    package struct Deletion: Hashable, Sendable {
        package var walks = 0
        package var collections = 0

        package init(walks: Int = 0, collections: Int = 0) {
            (self.walks, self.collections) = (walks, collections)
        }
    }

    /// Deletes whole walks and collections, in one transaction, and tasks of which nothing is left.
    ///
    /// Their pages are overwritten with zeros. What the file's journal had of them while they were deleted is free
    /// room of the disk afterwards, as with every file that is deleted.
    ///
    /// - Parameters:
    ///   - task: that task's alone; of all tasks, where none is named.
    ///   - now: seconds since the Epoch.
    @discardableResult
    package func prune(_ retention: Retention, task: TaskID? = nil, now: UInt64) throws(ResultsError) -> Deletion {
        try write { tables in
            var deletion = Deletion()
            for one in try tables.tasks() where task == nil || task == one.id {
                let walks = try tables.outdated(.walk, of: one.id, retention, now: now)
                let collections = try tables.outdated(.collection, of: one.id, retention, now: now)
                try tables.delete(.walk, walks)
                try tables.delete(.collection, collections)
                deletion.walks += walks.count
                deletion.collections += collections.count
            }
            try tables.deleteEmptyTasks()
            return deletion
        }
    }

    /// Keeps a result, and deletes what is then no longer to be kept.
    ///
    /// - Returns: why older results stay, where they could not be deleted; the new one is kept all the same.
    package func keep(
        _ retention: Retention?, of task: TaskID, now: UInt64, _ record: () throws(ResultsError) -> Recording
    ) throws(ResultsError) -> ResultsError? {
        _ = try record()
        guard let retention else { return nil }
        do throws(ResultsError) {
            try prune(retention, task: task, now: now)
            return nil
        } catch {
            return error
        }
    }

    /// Deletes one walk; whether there was one.
    @discardableResult
    package func delete(_ walk: WalkID, of task: TaskID) throws(ResultsError) -> Bool {
        try write { tables in
            guard let task = try tables.row(ofTask: task), let row = try tables.row(ofWalk: walk, task: task) else {
                return false
            }
            try tables.delete(.walk, [row])
            try tables.deleteEmptyTasks()
            return true
        }
    }
}
