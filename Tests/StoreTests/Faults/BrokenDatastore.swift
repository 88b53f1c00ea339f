import Aggregator
import PopulusDAP

/// A datastore that does not say why a task cannot be opened, or breaks a promise about the tasks that it keeps.
struct BrokenDatastore: Datastore {
    let inner: any Datastore
    let fault: Fault

    /// What a datastore breaks, and no task's store.
    static let faults: Set<Fault> = [.confuseTasks, .keepOthersSecrets, .keepTwice, .keepAnything]

    var role: Role { inner.role }
    var replica: any StoreReplica { inner.replica }

    func open(_ task: TaskID, configurationDigest: [UInt8], uploads: UploadQueue) throws -> any TaskStore {
        do { return try inner.open(task, configurationDigest: configurationDigest, uploads: uploads) } catch {
            throw fault == .confuseTasks ? StoreError.inUse("task \(task)") : error
        }
    }

    func close() throws { try inner.close() }

    func storedTasks() throws -> [StoredTask] { try inner.storedTasks() }

    func keptTasks(only task: TaskID?) throws -> [KeptTask] {
        let kept = try inner.keptTasks(only: task)
        guard fault == .keepOthersSecrets, let last = kept.last else { return kept }
        return kept.map { $0.with(last.secrets) }
    }

    func keep(_ task: KeptTask) throws {
        do { try inner.keep(task) } catch StoreError.exists where fault == .keepTwice {
        } catch StoreError.belongsToAnother where fault == .keepAnything {}
    }
}

extension KeptTask {
    fileprivate func with(_ secrets: [TaskSecret]) -> KeptTask {
        KeptTask(
            id: id, configuration: configuration, configurationDigest: configurationDigest, codePoints: codePoints,
            clockSkew: clockSkew, collectorConfig: collectorConfig, added: added, secrets: secrets,
            reportExpiry: reportExpiry)
    }
}
