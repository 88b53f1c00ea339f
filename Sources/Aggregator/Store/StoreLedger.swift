import DAP
import Synchronization

/// The state behind a ``StoreWitness``: this store's incarnations and what was heard of the other's.
///
/// A store keeps it durable: it saves ``unsaved`` with its next commit, and says afterwards what was committed. What is
/// echoed is durable here, and what is said of this store is durable too.
package final class StoreLedger: StoreWitness {
    /// A process whose store was opened by so many later ones commits nothing more: the other aggregator remembers that
    /// many incarnations, and might not see it lost.
    package static let greatestSuccessors = StoreEcho.greatestCount

    /// What a store holds of it.
    package struct Record: Sendable {
        package var store: StoreID
        /// Every incarnation of this store, the current one last.
        package var incarnations: [Incarnation]
        package var peer: StoreEcho?
        package var conflict: StoreConflict?

        package init(
            store: StoreID, incarnations: [Incarnation], peer: StoreEcho? = nil, conflict: StoreConflict? = nil
        ) {
            self.store = store
            self.incarnations = incarnations
            self.peer = peer
            self.conflict = conflict
        }

        /// Takes in what one process has heard, beside what others have saved.
        package mutating func save(_ unsaved: Unsaved) {
            peer = peer?.merging(unsaved.peer) ?? unsaved.peer
            conflict = conflict ?? unsaved.conflict
        }
    }

    /// What is not durable yet.
    package struct Unsaved: Sendable {
        package let peer: StoreEcho?
        package let conflict: StoreConflict?
        /// Which state of the ledger this is.
        let version: UInt64
    }

    fileprivate struct State {
        var counts: [IncarnationID: UInt64]
        /// Durable.
        var echo: StoreEcho?
        /// Heard, in the order in which they were first heard of.
        var heard: StoreEcho?
        var conflict: StoreConflict?
        var version: UInt64 = 0
        var savedVersion: UInt64 = 0
    }

    private let store: StoreID
    package let current: IncarnationID
    private let state: Mutex<State>

    package init(_ record: Record) {
        store = record.store
        current = record.incarnations.last?.id ?? .random()
        state = Mutex(
            State(
                counts: Dictionary(record.incarnations.map { ($0.id, $0.count) }) { max($0, $1) }, echo: record.peer,
                heard: record.peer, conflict: record.conflict))
    }

    package var conflict: StoreConflict? { state.withLock { $0.conflict } }

    package var statement: StoreStatement {
        state.withLock { state in
            StoreStatement(
                store: store, current: Incarnation(id: current, count: state.counts[current] ?? 0), echo: state.echo)
        }
    }

    package func hear(_ statement: StoreStatement?) throws(StoreConflict) {
        let found = state.withLock { $0.hear(statement, by: store) }
        if let found { throw found }
    }

    /// What hearing a statement would come to; nothing changes.
    package func examine(_ statement: StoreStatement) -> StoreConflict? {
        state.withLock { state in
            var copy = state
            return copy.hear(statement, by: store)
        }
    }

    // MARK: For the store

    /// Whether a word would have this store end for work that this process does not know: another one may have committed it.
    ///
    /// A store that several processes work on reads its record then, and has it learned, before the word is heard or examined.
    package func isInDoubt(of statement: StoreStatement?) -> Bool {
        guard conflict == nil, let statement, case .thisIsBehind = examine(statement) else { return false }
        return true
    }

    /// Takes in what is durable, whichever process has committed it.
    package func learn(_ record: Record) {
        state.withLock { state in
            for incarnation in record.incarnations {
                state.counts[incarnation.id] = max(state.counts[incarnation.id] ?? 0, incarnation.count)
            }
            if let peer = record.peer {
                state.echo = peer
                state.heard = peer.merging(state.heard)
            }
            state.conflict = state.conflict ?? record.conflict
        }
    }

    /// What the next commit is to save, if anything.
    package var unsaved: Unsaved? {
        state.withLock { state in
            guard state.version != state.savedVersion else { return nil }
            return Unsaved(peer: state.heard, conflict: state.conflict, version: state.version)
        }
    }

    /// Whether something was heard that should not wait for the next commit: a store or an incarnation that is new, or
    /// the end of this store.
    package var isUrgent: Bool {
        state.withLock { state in
            guard state.version != state.savedVersion else { return false }
            return state.conflict != nil || state.echo?.store != state.heard?.store
                || state.echo?.newest.last?.id != state.heard?.newest.last?.id
        }
    }

    /// Takes note of a commit.
    ///
    /// - Parameter count: the current incarnation's count that is durable now, if it was raised.
    package func committed(_ saved: Unsaved?, count: UInt64?) {
        state.withLock { state in
            if let saved {
                state.echo = saved.peer
                state.savedVersion = max(state.savedVersion, saved.version)
            }
            if let count { state.counts[current] = max(state.counts[current] ?? 0, count) }
        }
    }
}

extension StoreLedger.State {
    fileprivate mutating func hear(_ statement: StoreStatement?, by store: StoreID) -> StoreConflict? {
        if let conflict { return conflict }
        guard let statement else { return heard == nil ? nil : .peerIsSilent }
        if let heard, heard.store != statement.store { return .peerHasAnother(statement.store) }
        if let echo = statement.echo, let found = judge(echo, of: store) {
            conflict = found
            version += 1
            return found
        }
        note(statement)
        return nil
    }

    /// What the other's memory of this store proves.
    private func judge(_ echo: StoreEcho, of store: StoreID) -> StoreConflict? {
        guard echo.store == store else { return .thisIsAnother(echo.store) }
        for seen in echo.newest {
            guard let count = counts[seen.id], count >= seen.count else { return .thisIsBehind(seen.id) }
        }
        return nil
    }

    /// Keeps the greatest count of each incarnation: messages come in any order.
    private mutating func note(_ statement: StoreStatement) {
        var newest = heard?.newest ?? []
        if let place = newest.lastIndex(where: { $0.id == statement.current.id }) {
            guard newest[place].count < statement.current.count else { return }
            newest[place].count = statement.current.count
        } else {
            newest.append(statement.current)
        }
        heard = StoreEcho(store: statement.store, newest: newest)
        version += 1
    }
}

extension StoreEcho {
    /// This, with the greater counts of another one of the same store, and behind them what only that one has.
    fileprivate func merging(_ other: StoreEcho?) -> StoreEcho {
        guard let other, other.store == store else { return self }
        let counts = Dictionary(other.newest.map { ($0.id, $0.count) }) { max($0, $1) }
        let mine = newest.map { Incarnation(id: $0.id, count: max($0.count, counts[$0.id] ?? 0)) }
        let known = Set(newest.map(\.id))
        return StoreEcho(store: store, newest: mine + other.newest.filter { !known.contains($0.id) })
    }
}
