import PopulusDAP

/// This process among those that work on one database: one object for all tasks of its role.
package protocol StoreReplica: Sendable {
    var id: ReplicaID { get }

    /// Whether other processes may work on the database beside this one.
    ///
    /// Where there is never another, all work is this process's, and nothing is written of it: after a restart the one before
    /// is known to be dead.
    var isShared: Bool { get }

    /// After so long without a word a process counts as dead, by the database's clock.
    var life: Duration { get }

    /// Says that this process lives, and where others reach it; within ``life`` again.
    func announce(_ address: String) async throws

    /// Says that it ends: what it has claimed is free at once.
    func withdraw() async throws

    /// The processes that the store knows, this one among them once it has said that it lives; those that are long dead are
    /// forgotten.
    func known() async throws -> [KnownReplica]

    /// What the processes of the role show each other, 32 bytes: the store drew it when it was made.
    ///
    /// Whoever has it may ask for what the other aggregator may ask for. It is never logged, and never shown.
    func secret() async throws -> [UInt8]
}

extension StoreReplica {
    /// Two identifiers of 16 bytes from the system's generator are a secret of 32.
    package static func newSecret() -> [UInt8] { StoreID.random().bytes + StoreID.random().bytes }
}

/// The process of a store that has one process at a time.
package struct OnlyReplica: StoreReplica {
    package let id: ReplicaID
    package let isShared = false
    package let life = Duration.seconds(30)
    /// Nobody else knows it, as nobody else has the store.
    private let own = Self.newSecret()

    package init(id: ReplicaID = .random()) { self.id = id }

    package func announce(_ address: String) async throws {}
    package func withdraw() async throws {}
    package func known() async throws -> [KnownReplica] { [] }
    package func secret() async throws -> [UInt8] { own }
}
