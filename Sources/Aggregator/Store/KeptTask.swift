import PopulusDAP

/// A task that its store keeps, with all that a server needs to serve it: who added it gave no file to start with.
///
/// What is public is apart from what is secret, and each secret stands for itself, so that a store may seal one by one.
package struct KeptTask: Sendable, Equatable {
    package let id: TaskID
    /// The encoded `TaskConfiguration`, which ``configurationDigest`` is of.
    package let configuration: [UInt8]
    package let codePoints: WalkCodePoints
    /// How far ahead of this aggregator's clock a report's time may be, in seconds.
    package let clockSkew: UInt64
    /// How old a report may be, in seconds; nothing where it may have any age.
    package let reportExpiry: UInt64?
    /// The encoded `HpkeConfig` that results are sealed to.
    package let collectorConfig: [UInt8]
    /// When it was added here, in seconds since the Epoch.
    package let added: UInt64
    /// In order.
    package let secrets: [TaskSecret]
    /// SHA-256 of the configuration: what a store of the task is opened by.
    package let configurationDigest: [UInt8]

    package init(
        id: TaskID, configuration: [UInt8], configurationDigest: [UInt8], codePoints: WalkCodePoints, clockSkew: UInt64,
        collectorConfig: [UInt8], added: UInt64, secrets: [TaskSecret], reportExpiry: UInt64?
    ) {
        (self.id, self.configuration, self.configurationDigest) = (id, configuration, configurationDigest)
        (self.codePoints, self.clockSkew, self.collectorConfig) = (codePoints, clockSkew, collectorConfig)
        (self.added, self.secrets, self.reportExpiry) = (added, secrets, reportExpiry)
    }

    /// The same with other secrets.
    package func with(secrets: [TaskSecret]) -> KeptTask {
        KeptTask(
            id: id, configuration: configuration, configurationDigest: configurationDigest, codePoints: codePoints,
            clockSkew: clockSkew, collectorConfig: collectorConfig, added: added, secrets: secrets,
            reportExpiry: reportExpiry)
    }
}

/// One secret of a task.
package struct TaskSecret: Sendable, Equatable {
    /// What it is; its name is how a store keeps it.
    package enum Kind: String, Sendable, CaseIterable {
        /// The private key that clients' shares are opened with; ``TaskSecret/label`` is the encoded `HpkeConfig`.
        case hpkeKey = "hpke_key"
        /// A verification key; ``TaskSecret/label`` is its identifier, one byte.
        case verifyKey = "verify_key"
        /// What a Leader shows its Helper, in UTF-8.
        case aggregatorToken = "aggregator_token"
        /// SHA-256 of what the Leader shows a Helper; ``TaskSecret/label`` is empty, or the token's name.
        case leaderToken = "leader_token"
        /// SHA-256 of what the Collector shows a Leader; ``TaskSecret/label`` is empty, or the token's name.
        case collectorToken = "collector_token"
        /// SHA-256 of a token that clients show a Leader; ``TaskSecret/label`` is when it was added (8 bytes, big endian, 0 where
        /// nobody knows) and its name.
        case uploadToken = "upload_token"
    }

    package let kind: Kind
    /// What may be known of it.
    package let label: [UInt8]
    package let bytes: [UInt8]
    /// From when, and until when, it is used, as what it is says (``SecretTimes``).
    package var times: SecretTimes

    package init(_ kind: Kind, label: [UInt8] = [], bytes: [UInt8], times: SecretTimes = SecretTimes()) {
        (self.kind, self.label, self.bytes, self.times) = (kind, label, bytes, times)
    }
}

// A key or a token never shows in a description, a log or a failed test.
extension TaskSecret: CustomStringConvertible, CustomReflectable {
    package var description: String { "TaskSecret(\(kind.rawValue))" }
    package var customMirror: Mirror { Mirror(self, children: ["kind": kind]) }
}

/// A task of a store, as a list has it.
package struct StoredTask: Sendable, Equatable {
    package let id: TaskID
    package let end: TaskEnd?
    /// Whether the store keeps all that a server needs to serve it.
    package let isKept: Bool
    /// Raised with every change of its secrets; 0 where it is not kept.
    package let revision: UInt64

    package init(id: TaskID, end: TaskEnd?, isKept: Bool, revision: UInt64 = 0) {
        (self.id, self.end, self.isKept, self.revision) = (id, end, isKept, revision)
    }
}

/// The tasks of a role's store: listed, and added by an operator's word while a server has it open.
package protocol TaskShelf: Sendable {
    /// Every task that the store holds, whether it is open or not, in the order in which they were made.
    func storedTasks() throws -> [StoredTask]

    /// The tasks that the store keeps, with their secrets; of `only`, that one alone.
    func keptTasks(only task: TaskID?) throws -> [KeptTask]

    /// Makes the store of a task, and keeps what a server needs to serve it, in one transaction; where the store is there, of the
    /// same configuration, only the latter.
    ///
    /// It is durable when this returns. It blocks the calling thread.
    ///
    /// - Throws: `StoreError`: `.exists` if the store keeps the task already, `.belongsToAnother` if the task's store is that of
    ///   another configuration; then nothing was changed.
    func keep(_ task: KeptTask) throws

    /// Changes the secrets of a task that the store keeps, in one transaction beside which no other such change of it runs.
    ///
    /// It is durable when this returns, and what was taken out is out of the table. It blocks the calling thread.
    ///
    /// - Parameter body: gets the secrets in order, and gives those that there are to be; the same ones change nothing. It may
    ///   run again, on what another change has left.
    /// - Returns: the task as it is then, and its revision.
    /// - Throws: `StoreError`: `.missing` if the store does not keep the task.
    func changeSecrets(
        of task: TaskID, _ body: @escaping @Sendable ([TaskSecret]) -> [TaskSecret]
    ) throws -> (task: KeptTask, revision: UInt64)

    /// The greatest row of each task's reports whose bytes are kept, in rising order; of tasks that have none, nothing.
    ///
    /// No two tasks have a row in common.
    func lastBodies() throws -> [Int64]

    /// Whether bytes are kept of a report that was there when ``lastBodies()`` gave these rows.
    func hasBodies(upTo rows: [Int64]) throws -> Bool
}
