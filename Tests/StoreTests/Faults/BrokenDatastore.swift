import Aggregator
import Foundation
import PopulusDAP

/// A datastore that does not say why a task cannot be opened, or breaks a promise about the tasks that it keeps.
struct BrokenDatastore: Datastore {
    let inner: any Datastore
    let fault: Fault

    /// What a datastore breaks, and no task's store.
    static let faults: Set<Fault> = [
        .confuseTasks, .keepOthersSecrets, .keepTwice, .keepAnything, .forgetTimes, .keepRemoved, .hideChanges,
        .overwriteSecrets, .changeAnything, .missBodies, .countLater,
    ]

    var role: Role { inner.role }
    var replica: any StoreReplica { inner.replica }

    func open(_ task: TaskID, configurationDigest: [UInt8], uploads: UploadQueue) throws -> any TaskStore {
        do { return try inner.open(task, configurationDigest: configurationDigest, uploads: uploads) } catch {
            throw fault == .confuseTasks ? StoreError.inUse("task \(task)") : error
        }
    }

    func close() throws { try inner.close() }

    func storedTasks() throws -> [StoredTask] {
        let stored = try inner.storedTasks()
        guard fault == .hideChanges else { return stored }
        return stored.map { StoredTask(id: $0.id, end: $0.end, isKept: $0.isKept) }
    }

    func changeSecrets(
        of task: TaskID, _ body: @escaping @Sendable ([TaskSecret]) -> [TaskSecret]
    ) throws -> (task: KeptTask, revision: UInt64) {
        switch fault {
        case .keepRemoved:
            return try inner.changeSecrets(of: task) { secrets in
                let wanted = body(secrets)
                return wanted + secrets.filter { old in !wanted.contains { $0.bytes == old.bytes } }
            }
        case .overwriteSecrets:
            // Read first, written later.
            guard let known = try inner.keptTasks(only: task).first else { throw StoreError.missing }
            Thread.sleep(forTimeInterval: 0.01)
            return try inner.changeSecrets(of: task) { _ in body(known.secrets) }
        case .changeAnything:
            do { return try inner.changeSecrets(of: task, body) } catch StoreError.missing {
                let made = KeptTask.numbered(0, id: task)
                return (made.with(secrets: body([])), 1)
            }
        default: return try inner.changeSecrets(of: task, body)
        }
    }

    func lastBodies() throws -> [Int64] { try inner.lastBodies() }

    func hasBodies(upTo rows: [Int64]) throws -> Bool {
        switch fault {
        case .missBodies: false
        case .countLater: try inner.hasBodies(upTo: rows.map { $0 + 1000 })
        default: try inner.hasBodies(upTo: rows)
        }
    }

    func keptTasks(only task: TaskID?) throws -> [KeptTask] {
        let kept = try inner.keptTasks(only: task)
        if fault == .forgetTimes {
            return kept.map { task in
                task.with(secrets: task.secrets.map { TaskSecret($0.kind, label: $0.label, bytes: $0.bytes) })
            }
        }
        guard fault == .keepOthersSecrets, let last = kept.last else { return kept }
        return kept.map { $0.with(secrets: last.secrets) }
    }

    func keep(_ task: KeptTask) throws {
        do { try inner.keep(task) } catch StoreError.exists where fault == .keepTwice {
        } catch StoreError.belongsToAnother where fault == .keepAnything {}
    }
}
