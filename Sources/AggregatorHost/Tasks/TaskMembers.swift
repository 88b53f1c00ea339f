import Aggregator
import PopulusDAP
import PopulusTaskFiles
import Synchronization

/// Where what is needed to serve a task comes from.
package enum TaskSource: Sendable {
    /// A file that was given at the start.
    case file
    /// The store, since so many seconds after the Epoch.
    case store(added: UInt64)

    /// Its place among those that clients are offered keys of.
    var rank: UInt64 { if case .store(let added) = self { added } else { 0 } }

    var isStore: Bool { if case .store = self { true } else { false } }
}

/// A task of a process: what its operator is told of, and can end.
struct Member: Sendable {
    let task: TaskID
    let role: Role
    /// Nothing where what the store keeps of it does not decode.
    var registration: TaskRegistration?
    let source: TaskSource
    /// Its Leader or Helper; nothing where it is not served.
    let ending: (any TaskEnding)?
    /// Why it is not served.
    var reason: String?
    /// How far its end has come, as far as this process knows.
    var end: TaskEnd?
    /// Its keys and tokens as they are used; nothing where they do not decode.
    var credentials: TaskCredentials?
    /// What the store keeps of them, and its revision; nothing for a task of a file.
    var secrets: [TaskSecret] = []
    var revision: UInt64 = 0

    /// Whether it goes by what the store keeps of its keys and tokens, be it served or refused for now.
    var hasKeptSecrets: Bool { credentials != nil && source.isStore }

    /// Whether requests have brought it: its ID says so.
    var isBrought: Bool {
        source.isStore && (registration.map { $0.configuration.advertisedTaskID == $0.taskID } ?? false)
    }
}

/// The tasks of a process, in the order in which they joined.
final class TaskMembers: Sendable {
    private struct State {
        var members: [Member] = []
        var places: [TaskID: Int] = [:]
        var keyIDs: Set<UInt8> = []
        /// Those that requests have brought: where in `members` they are, and with whom.
        var brought: [(place: Int, peer: AggregatorURL?)] = []
    }

    private let state = Mutex(State())

    /// Adds one, or replaces what was known of it.
    func add(_ member: Member) {
        let task = member.registration
        let isBrought = task.map { $0.configuration.advertisedTaskID == $0.taskID } ?? false
        // What is served has URLs that can be read.
        let peer = task.flatMap { try? AggregatorURL($0.role == .leader ? $0.helperURL : $0.leaderURL) }
        state.withLock { state in
            if let place = state.places[member.task] {
                let end = state.members[place].end
                state.members[place].credentials?.receiver.leave()
                state.members[place] = member
                state.members[place].end = end
            } else {
                state.places[member.task] = state.members.count
                state.members.append(member)
            }
            let place = state.places[member.task] ?? 0
            if isBrought, !state.brought.contains(where: { $0.place == place }) { state.brought.append((place, peer)) }
            state.keyIDs.formUnion(member.registration?.hpkeKeys.map(\.config.id) ?? [])
        }
    }

    /// Takes note of what the store keeps of a task, unless what is known is newer.
    ///
    /// - Parameter secrets: its keys and tokens.
    func note(_ secrets: [TaskSecret], of registration: TaskRegistration, revision: UInt64) {
        state.withLock { state in
            guard let place = state.places[registration.taskID], revision >= state.members[place].revision else {
                return
            }
            state.members[place].registration = registration
            (state.members[place].secrets, state.members[place].revision) = (secrets, revision)
            state.keyIDs.formUnion(registration.hpkeKeys.map(\.config.id))
        }
    }

    var all: [Member] { state.withLock { $0.members } }

    /// The tasks that requests have brought: their IDs say so.
    var brought: [Member] { state.withLock { state in state.brought.map { state.members[$0.place] } } }

    /// How many tasks requests have brought with a peer: those whose work goes on, and those that were added since a time.
    func broughtCounts(with peer: AggregatorURL, since time: UInt64) -> (going: Int, recent: Int) {
        state.withLock { state in
            var counts = (going: 0, recent: 0)
            for (place, other) in state.brought where other.map({ $0.leadsToSame(as: peer) }) ?? false {
                if state.members[place].end?.stopped == nil { counts.going += 1 }
                if let added = state.members[place].added, added > time { counts.recent += 1 }
            }
            return counts
        }
    }

    /// The identifiers of the keys that clients may seal to.
    var keyIDs: Set<UInt8> { state.withLock { $0.keyIDs } }

    subscript(task: TaskID) -> Member? {
        state.withLock { state in state.places[task].map { state.members[$0] } }
    }

    /// Takes note of how far the end of a task has come; it never goes back.
    func note(_ end: TaskEnd?, of task: TaskID) {
        guard let end else { return }
        state.withLock { state in
            guard let place = state.places[task], state.members[place].end?.stopped == nil else { return }
            state.members[place].end = end
        }
    }
}
