import PopulusCollector
import PopulusDAP

extension ResultsStore {
    /// The tasks of which something is kept, in the order in which they came.
    package func tasks() throws(ResultsError) -> [KeptTask] { try read { try $0.tasks() } }

    /// A task's walks without their strings, those of the latest reports last; of all tasks, where none is named.
    package func heads(of task: TaskID? = nil) throws(ResultsError) -> [WalkHead] {
        try read { tables in
            try tables.rows(.walk, of: task).map { try tables.head($0) }.sorted(by: WalkHead.precedes)
        }
    }

    /// A task's walks with their strings, those of the latest reports last.
    package func walks(of task: TaskID) throws(ResultsError) -> [KeptWalk] {
        try read { tables in
            try tables.rows(.walk, of: task).map { try tables.walk($0) }
                .sorted { WalkHead.precedes($0.head, $1.head) }
        }
    }

    /// One walk; nothing where it is not kept.
    package func walk(_ walk: WalkID, of task: TaskID) throws(ResultsError) -> KeptWalk? {
        try read { tables in
            guard let task = try tables.row(ofTask: task), let row = try tables.row(ofWalk: walk, task: task) else {
                return nil
            }
            return try tables.walk(row)
        }
    }

    /// A task's collections without their numbers, those of the latest reports last.
    package func collectionHeads(of task: TaskID) throws(ResultsError) -> [CollectionHead] {
        try read { tables in
            try tables.rows(.collection, of: task).map { try tables.collectionHead($0) }
                .sorted(by: CollectionHead.precedes)
        }
    }

    /// One collection; nothing where it is not kept.
    package func collection(
        _ key: KeptCollection.Key, of task: TaskID
    ) throws(ResultsError) -> KeptCollection? {
        try read { tables in
            guard let task = try tables.row(ofTask: task), let row = try tables.row(ofCollection: key, task: task)
            else { return nil }
            return try tables.collection(row)
        }
    }

    /// A task's collections, those of the latest reports last; of all tasks, where none is named.
    package func collections(of task: TaskID? = nil) throws(ResultsError) -> [KeptCollection] {
        try read { tables in
            try tables.rows(.collection, of: task).map { try tables.collection($0) }
                .sorted { CollectionHead.precedes($0.head, $1.head) }
        }
    }

    /// What every walk of a task says of one string; in a task with groups, of one string in one group.
    package func history(of value: [UInt8], task: TaskID) throws(ResultsError) -> StringHistory {
        let found = try read { tables in
            try tables.rows(.walk, of: task).map { row in
                let head = try tables.head(row)
                return (head, try tables.count(of: value, walk: row, head.task))
            }
        }
        return StringHistory(of: value, in: found)
    }

    /// The counts of some strings in some walks of a task, each a row in the order of the strings; nothing where a walk does
    /// not list one, or is not kept.
    package func counts(
        of values: [[UInt8]], in walks: [WalkID], task id: TaskID
    ) throws(ResultsError) -> [[Int64?]] {
        try read { tables in
            guard let row = try tables.row(ofTask: id) else {
                return values.map { _ in walks.map { _ in nil } }
            }
            let task = try tables.task(row)
            let rows = try walks.map { try tables.row(ofWalk: $0, task: row) }
            return try values.map { value in
                try rows.map { row in try row.flatMap { try tables.count(of: value, walk: $0, task) } }
            }
        }
    }
}
