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
    let registration: TaskRegistration?
    let source: TaskSource
    /// Its Leader or Helper; nothing where it is not served.
    let ending: (any TaskEnding)?
    /// Why it is not served.
    var reason: String?
    /// How far its end has come, as far as this process knows.
    var end: TaskEnd?
}

/// The tasks of a process, in the order in which they joined.
final class TaskMembers: Sendable {
    private struct State {
        var members: [Member] = []
        var places: [TaskID: Int] = [:]
        var keyIDs: Set<UInt8> = []
    }

    private let state = Mutex(State())

    /// Adds one, or replaces what was known of it.
    func add(_ member: Member) {
        state.withLock { state in
            if let place = state.places[member.task] {
                let end = state.members[place].end
                state.members[place] = member
                state.members[place].end = end
            } else {
                state.places[member.task] = state.members.count
                state.members.append(member)
            }
            state.keyIDs.formUnion(member.registration?.hpkeKeys.map(\.config.id) ?? [])
        }
    }

    var all: [Member] { state.withLock { $0.members } }

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
