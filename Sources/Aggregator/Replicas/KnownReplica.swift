/// A process of the role as the store knows it.
package struct KnownReplica: Hashable, Sendable {
    package let id: ReplicaID
    /// Where other processes reach it.
    package let address: String
    /// Whether it has said so lately, by the store's clock.
    package let isAlive: Bool
    /// How long ago it said so last, by the same clock.
    package let silence: Duration

    package init(id: ReplicaID, address: String, isAlive: Bool, silence: Duration) {
        (self.id, self.address, self.isAlive, self.silence) = (id, address, isAlive, silence)
    }
}
