import Aggregator
import PopulusDAP
import Synchronization

/// What one process has open of a ``MemoryDisk``.
package final class MemoryDatastore: Datastore {
    package let role: Role
    private let disk: MemoryDisk
    private let process: MemoryReplica
    private let segmentsDirectory: String
    private let state = Mutex(State())

    private struct State {
        var stores: [TaskID: MemoryTaskStore] = [:]
        var isClosed = false
    }

    /// - Parameters:
    ///   - segmentsDirectory: the process's own folder of segments; nothing for that of the disk.
    ///   - isShared: whether other processes work on the disk beside this one.
    package init(_ disk: MemoryDisk, segmentsDirectory: String? = nil, isShared: Bool = false) {
        role = disk.role
        self.disk = disk
        self.segmentsDirectory = segmentsDirectory ?? disk.segmentsDirectory
        process = MemoryReplica(disk, isShared: isShared)
    }

    package var replica: any StoreReplica { process }

    package func open(
        _ task: TaskID, configurationDigest: [UInt8], uploads: UploadQueue
    ) throws -> any TaskStore {
        try state.withLock { state in
            guard !state.isClosed else { throw MemoryTaskStore.closed }
            guard state.stores[task] == nil else { throw StoreError.inUse("task \(task)") }
            let store = try MemoryTaskStore(
                disk, task, configurationDigest: configurationDigest, process, segmentsDirectory: segmentsDirectory)
            state.stores[task] = store
            return store
        }
    }

    package func close() throws {
        let stores = state.withLock { state in
            defer { (state.stores, state.isClosed) = ([:], true) }
            return Array(state.stores.values)
        }
        for store in stores { store.close() }
    }
}

extension MemoryDatastore {
    package func storedTasks() throws -> [StoredTask] {
        disk.tasks.map { task in
            StoredTask(
                id: task.id, end: task.entry.tables.end, isKept: task.entry.kept != nil, revision: task.entry.revision)
        }
    }

    package func keptTasks(only task: TaskID?) throws -> [KeptTask] {
        disk.tasks.compactMap { task == nil || $0.id == task ? $0.entry.kept : nil }
    }

    package func keep(_ task: KeptTask) throws {
        guard state.withLock({ !$0.isClosed }) else { throw MemoryTaskStore.closed }
        try disk.keep(task)
    }

    package func changeSecrets(
        of task: TaskID, _ body: @escaping @Sendable ([TaskSecret]) -> [TaskSecret]
    ) throws -> (task: KeptTask, revision: UInt64) {
        guard state.withLock({ !$0.isClosed }) else { throw MemoryTaskStore.closed }
        return try disk.changeSecrets(of: task, body)
    }

    package func lastBodies() throws -> [Int64] { disk.tasks.compactMap(\.entry.lastBody) }

    package func hasBodies(upTo rows: [Int64]) throws -> Bool {
        let tasks = disk.tasks
        return rows.contains { last in
            tasks.contains { $0.entry.hasBodies(upTo: last) }
        }
    }
}
