import Crypto
import PopulusDAP

extension TaskFile {
    /// The task's fingerprint: the same in all four files, and with the other organisation.
    ///
    /// Nothing for a client's file of an earlier version, which does not have the Collector's key.
    package var fingerprint: TaskFingerprint? {
        collectorHpkeConfig.map { TaskFingerprint(taskID: taskID, configuration: configuration, collector: $0) }
    }
}

extension TaskFile.VerifyKey {
    /// What two aggregators compare to see that they have the same key.
    ///
    /// The first 80 bits, in four groups, of the SHA-256 hash of a line of text, the task ID, the key's ID and the key.
    /// The key is too random for the hash to tell anything of it.
    package func check(in taskID: TaskID) -> String {
        let text = Array("populus verification key check 1\n".utf8)
        let hash = Array(SHA256.hash(data: text + taskID.bytes + [id] + bytes))
        return TaskFingerprint.groups(hash[..<10])
    }
}
