import PopulusDAP
import Synchronization

/// The state behind a ``StoreWitness``: this store's incarnations and what was heard of the other's.
///
/// A store keeps it durable: it saves ``unsaved`` with its next commit, and says afterwards what was committed. What is
/// echoed is durable here, and what is said of this store is durable too.
package final class StoreLedger: StoreWitness {
    /// A process whose store was opened by so many later ones commits nothing more: the other aggregator remembers that
    /// many incarnations, and might not see it lost.
    package static let greatestSuccessors = StoreEcho.greatestCount

    /// Where several processes work on a store, one that has so many later incarnations begins another one of its own before it
    /// counts on, so that starts of others never end it.
    ///
    /// The other aggregator forgets an incarnation once it has heard of 64 others since. Those that an earlier state of the store
    /// holds are the only ones that could hide its loss: fewer than this, begun later, and one of each process that lives, of
    /// which there are no more than are left of 64. Any other one is itself missing in that state.
    package static let greatestAge = StoreEcho.greatestCount / 2

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
            let news = unsaved.peer.map { StoreEcho(store: $0.store, newest: unsaved.news) }
            peer = peer?.merging(news) ?? news
            conflict = conflict ?? unsaved.conflict
        }
    }

    /// What is not durable yet.
    package struct Unsaved: Sendable {
        /// All that was heard of the other's store.
        package let peer: StoreEcho?
        /// What of it is new, or greater than what is durable: the rest may have been forgotten by another process since.
        package let news: [Incarnation]
        package let conflict: StoreConflict?
        /// Which state of the ledger this is.
        let version: UInt64
    }

    fileprivate struct State {
        var current: IncarnationID
        var counts: [IncarnationID: UInt64]
        /// Those of other processes whose counts were seen to rise, the latest last.
        var risen: [IncarnationID]
        /// Durable.
        var echo: StoreEcho?
        /// Heard, in the order in which they were first heard of.
        var heard: StoreEcho?
        var conflict: StoreConflict?
        var version: UInt64 = 0
        var savedVersion: UInt64 = 0
    }

    private let store: StoreID
    private let state: Mutex<State>

    package init(_ record: Record) {
        store = record.store
        state = Mutex(
            State(
                current: record.incarnations.last?.id ?? .random(),
                counts: Dictionary(record.incarnations.map { ($0.id, $0.count) }) { max($0, $1) },
                risen: record.incarnations.dropLast().filter { $0.count > 0 }.suffix(State.greatestRisen).map(\.id),
                echo: record.peer, heard: record.peer, conflict: record.conflict))
    }

    package var current: IncarnationID { state.withLock { $0.current } }

    package var conflict: StoreConflict? { state.withLock { $0.conflict } }

    package var statement: StoreStatement {
        state.withLock { state in
            StoreStatement(
                store: store, current: Incarnation(id: state.current, count: state.counts[state.current] ?? 0),
                echo: state.echo)
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
            for incarnation in record.incarnations { state.learn(incarnation) }
            if let peer = record.peer {
                // What others have forgotten since must not come back as if it were new.
                let news = StoreEcho(store: peer.store, newest: state.news)
                state.echo = peer
                state.heard = peer.merging(news)
            }
            state.conflict = state.conflict ?? record.conflict
        }
    }

    /// How far each incarnation was seen to be: for ``fallen(in:since:)``, taken before the record is read.
    package var counts: [IncarnationID: UInt64] { state.withLock { $0.counts } }

    /// An incarnation that was seen to be further than a record says: what it committed is lost.
    ///
    /// - Parameter before: what was known before the record was read. What was learned meanwhile may be newer than the record;
    ///   nothing can be where that was read under the task's lock, which is what is taken by default.
    package func fallen(in record: Record, since before: [IncarnationID: UInt64]? = nil) -> IncarnationID? {
        let known = before ?? counts
        return record.incarnations.first { $0.count < known[$0.id] ?? 0 }?.id
    }

    /// The incarnations of other processes that were seen to rise last, the latest first.
    package func others(_ count: Int) -> [Incarnation] {
        state.withLock { state in
            state.risen.suffix(count).reversed().map { Incarnation(id: $0, count: state.counts[$0] ?? 0) }
        }
    }

    /// Counts on in another incarnation, which is durable.
    package func begin(_ incarnation: IncarnationID) {
        state.withLock { state in
            state.rises(state.current)
            state.current = incarnation
            state.counts[incarnation] = state.counts[incarnation] ?? 0
        }
    }

    /// What the next commit is to save, if anything.
    package var unsaved: Unsaved? {
        state.withLock { state in
            guard state.version != state.savedVersion else { return nil }
            return Unsaved(
                peer: state.heard, news: state.news, conflict: state.conflict, version: state.version)
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
            if let count { state.counts[state.current] = max(state.counts[state.current] ?? 0, count) }
        }
    }
}

extension StoreLedger.State {
    /// What was heard and is not durable, in order.
    fileprivate var news: [Incarnation] {
        let durable = Dictionary((echo?.newest ?? []).map { ($0.id, $0.count) }) { max($0, $1) }
        return (heard?.newest ?? []).filter { heard in durable[heard.id].map { $0 < heard.count } ?? true }
    }

    fileprivate mutating func learn(_ incarnation: Incarnation) {
        guard counts[incarnation.id].map({ $0 < incarnation.count }) ?? true else { return }
        counts[incarnation.id] = incarnation.count
        if incarnation.id != current, incarnation.count > 0 { rises(incarnation.id) }
    }

    fileprivate mutating func rises(_ incarnation: IncarnationID) {
        risen.removeAll { $0 == incarnation }
        risen.append(incarnation)
        if risen.count > Self.greatestRisen { risen.removeFirst() }
    }

    fileprivate static var greatestRisen: Int { 16 }

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
