import Aggregator
import PopulusDAP

/// A datastore that does not say why a task cannot be opened.
struct BrokenDatastore: Datastore {
    let inner: any Datastore

    var role: Role { inner.role }
    var replica: any StoreReplica { inner.replica }

    func open(_ task: TaskID, configurationDigest: [UInt8], uploads: UploadQueue) throws -> any TaskStore {
        do { return try inner.open(task, configurationDigest: configurationDigest, uploads: uploads) } catch {
            throw StoreError.inUse("task \(task)")
        }
    }

    func close() throws { try inner.close() }
}
