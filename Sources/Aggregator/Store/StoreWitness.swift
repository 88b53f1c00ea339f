import PopulusDAP

/// What an aggregator says of its store with every message to the other one, and what it makes of the other's word.
///
/// An aggregator whose store was lost, replaced or put back to an older state has forgotten what it evaluated, which
/// breaks rules 1 and 2 of the walk. It cannot see that by itself. The other aggregator has seen how far it was.
///
/// Spec: <doc:StoreStatements>
package protocol StoreWitness: Sendable {
    /// What is true and durable at this moment.
    var statement: StoreStatement { get }

    /// Takes the word of the other aggregator, or that it gave none.
    ///
    /// Where several processes work on one store a word may tell of what another one committed: what is durable decides.
    /// Only for messages that are the other aggregator's own: the page of a proxy says nothing.
    ///
    /// - Throws: why nothing of that message may be acted on.
    func hear(_ statement: StoreStatement?) async throws(StoreConflict)

    /// What taking a word of the other aggregator would come to; nothing changes.
    func examine(_ statement: StoreStatement) async -> StoreConflict?

    /// Why this store is not to be worked with any more, if so.
    var conflict: StoreConflict? { get }

    /// What happened to the store's files while it is open, so that nothing may be acknowledged any more; it looks.
    var outage: StoreError? { get }

    /// Whether the store cannot be reached for now, so that requests fail; it comes back by itself.
    var isAway: Bool { get }
}

extension StoreWitness {
    /// What has no files loses none.
    package var outage: StoreError? { nil }

    /// What this process has itself is always there.
    package var isAway: Bool { false }
}

/// Why an aggregator does not go on: a store is not the one that it was.
package enum StoreConflict: Error, Hashable, Sendable, Codable {
    /// The other aggregator has another store than before.
    case peerHasAnother(StoreID)
    /// The other aggregator said before which store it has, and does not any more.
    case peerIsSilent
    /// The other aggregator knows a store of this task here that is not this one.
    case thisIsAnother(StoreID)
    /// The other aggregator has heard of work that this store does not hold: it is an older copy.
    case thisIsBehind(IncarnationID)

    /// Whether it is this aggregator's own store that must not be worked with.
    package var isOwn: Bool {
        switch self {
        case .peerHasAnother, .peerIsSilent: false
        case .thisIsAnother, .thisIsBehind: true
        }
    }
}

extension StoreConflict: CustomStringConvertible {
    /// What happened, and what both operators can do.
    package var description: String {
        let what =
            switch self {
            case .peerHasAnother:
                "the other aggregator has another store for this task than before: it has forgotten which reports it "
                    + "evaluated"
            case .peerIsSilent:
                "the other aggregator no longer says which store it has, as it did before: compare the versions of both, "
                    + "and let the proxies between them pass the field \(StoreStatement.fieldName) on"
            case .thisIsAnother:
                "this is not the store of this task that the other aggregator knows: it has forgotten which reports were "
                    + "evaluated here"
            case .thisIsBehind:
                "the other aggregator has seen work that is not in this store: it was put back to an earlier state, and "
                    + "has forgotten which reports were evaluated since"
            }
        guard self != .peerIsSilent else { return what }
        return what + ". If both operators agree to go on, each stops its server and runs `populus store renew`: both "
            + "then refuse every report that was received before, for ever"
    }
}
