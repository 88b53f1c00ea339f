import Crypto

extension TaskID {
    /// The ID of a task that requests bring: `SHA-256(SHA-256("dap-taskprov task id") || task_config)`.
    ///
    /// - Parameter configuration: the encoded `TaskConfiguration`.
    ///
    /// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3.3
    package init(ofAdvertised configuration: [UInt8]) {
        var hash = SHA256()
        hash.update(data: Array(SHA256.hash(data: Array("dap-taskprov task id".utf8))))
        hash.update(data: configuration)
        let bytes = Array(hash.finalize())
        var words = FourWords()
        for word in 0..<FourWords.scalarCount {
            words[word] = bytes[(8 * word)..<(8 * word + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        self.init(words: words)
    }
}

extension TaskConfiguration {
    /// The ID that the task has if requests bring it.
    package var advertisedTaskID: TaskID { TaskID(ofAdvertised: encoded()) }
}
