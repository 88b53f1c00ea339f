import Aggregator
import Foundation
import PopulusDAP
import PopulusTLS
import Synchronization

/// A task that a process serves: what stands behind its resources, where they are, and who may use them.
package struct ServedTask: Sendable {
    package let backend: any Backend
    /// The path of the aggregator's base URL, such as `/` or `/api/dap/`.
    package let base: String
    /// What each caller must show.
    ///
    /// A row whose caller has no token here lets nobody in.
    package let tokens: [RouteRow.Caller: BearerToken]
    /// Of which certificates each caller must show one, in place of its token; only the callers that have some.
    let pinned: [RouteRow.Caller: [PinnedPeer]]
    /// Of which a client shows one when it uploads; nothing where anybody may upload.
    package let uploadTokens: UploadTokens?
    /// The task's store, of which the other aggregator is told; nothing in tests without one.
    package let witness: (any StoreWitness)?
    /// When the Leader was last heard of; a Helper's.
    let contact = LeaderContact()
    /// What both aggregators tell each other of their clocks; nothing in tests without one.
    let clock: PeerClock?
    /// What answers other processes of the role; a Helper's.
    let forwarded: (any ReplicaService)?
    /// How much work went from process to process; nothing in tests without any.
    let moved: MovedWork?
    /// Its place among those that clients are offered keys of: the least first, and those that joined first.
    ///
    /// When it was added, of a task that was added while a process runs: keys that came later come later, in every process.
    let rank: UInt64
    /// How far its operator has ended it.
    package let life = TaskLife()
    /// Why its store was not opened, if so: then everybody hears that it is not served for now.
    package let refusal: StoreError?

    /// - Parameter url: the aggregator's base URL; the task's resources are served below its path.
    package init(
        backend: any Backend, url: String, tokens: [RouteRow.Caller: BearerToken], uploadTokens: UploadTokens? = nil,
        pinned: [RouteRow.Caller: [PinnedPeer]] = [:], witness: (any StoreWitness)? = nil, clock: PeerClock? = nil,
        refusal: StoreError? = nil,
        forwarded: (any ReplicaService)? = nil, moved: MovedWork? = nil, rank: UInt64 = 0
    ) {
        (self.clock, self.refusal) = (clock, refusal)
        (self.forwarded, self.moved, self.rank) = (forwarded, moved, rank)
        self.backend = backend
        self.tokens = tokens
        self.pinned = pinned
        self.uploadTokens = uploadTokens
        self.witness = witness
        base = Self.basePath(of: url)
    }

    package var id: TaskID { backend.task }

    /// Why nothing of it is answered; it looks.
    var outage: StoreError? { refusal ?? witness?.outage }

    /// Whether its store is not to be worked with, be it for now.
    var isUnworkable: Bool { outage != nil || (witness.map { $0.conflict != nil || $0.isAway } ?? false) }

    /// The path of a base URL, with a slash at both ends.
    package static func basePath(of url: String) -> String {
        let path = URLComponents(string: url)?.percentEncodedPath ?? "/"
        return path.hasSuffix("/") ? path : path + "/"
    }
}

/// The tasks that a process serves in one role.
///
/// Tasks may join while requests are answered.
package final class TaskRegistry: Sendable {
    package enum Failure: Error, Equatable, Sendable {
        case alreadyServed(TaskID)
        case anotherRole(TaskID)
    }

    private struct State {
        /// In the order in which they joined.
        var tasks: [ServedTask] = []
        /// Where in `tasks` each is.
        var places: [TaskID: Int] = [:]
        var failing: Set<TaskID> = []
        /// The base paths of all tasks, the longest first: asked for with every request.
        var bases: [String] = []
        /// Keys for tasks that requests may bring, by base path.
        var offered: [String: [HpkeConfig]] = [:]

        mutating func add(base: String) {
            guard !bases.contains(base) else { return }
            bases = (bases + [base]).sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
        }
    }

    package let role: Role
    private let state = Mutex(State())
    /// Where health and metrics are served while there is no task.
    private let defaultBase: String

    package init(role: Role, defaultBase: String = "/") {
        self.role = role
        self.defaultBase = defaultBase
    }

    /// - Parameter again: whether it may take the place of itself, where its store could not be opened before.
    package func add(_ task: ServedTask, again: Bool = false) throws(Failure) {
        guard task.backend.role == role else { throw .anotherRole(task.id) }
        let isNew = state.withLock { state in
            if let place = state.places[task.id] {
                guard again, state.tasks[place].refusal != nil else { return false }
                state.tasks[place] = task
            } else {
                state.places[task.id] = state.tasks.count
                state.tasks.append(task)
            }
            state.add(base: task.base)
            return true
        }
        guard isNew else { throw .alreadyServed(task.id) }
    }

    /// Offers clients keys below a base path, whether there is a task or none: of tasks that requests may bring.
    package func offer(_ configs: HpkeConfigList, base: String) {
        state.withLock { state in
            state.add(base: base)
            state.offered[base] = configs.configs
        }
    }

    package var tasks: [ServedTask] { state.withLock { $0.tasks } }

    package subscript(id: TaskID) -> ServedTask? {
        state.withLock { state in state.places[id].map { state.tasks[$0] } }
    }

    /// Says whether a task's own work goes on, for `/healthz` and `/metrics`.
    package func setFailing(_ isFailing: Bool, task: TaskID) {
        state.withLock { state in
            if isFailing { state.failing.insert(task) } else { state.failing.remove(task) }
        }
    }

    /// The tasks whose own work fails, or whose store cannot be reached for now, or cannot or must not be worked with any more.
    package var failing: Set<TaskID> {
        let (failing, tasks) = state.withLock { ($0.failing, $0.tasks) }
        return failing.union(tasks.filter(\.isUnworkable).map(\.id))
    }

    /// The base paths of all tasks, the longest first.
    var bases: [String] {
        let bases = state.withLock { $0.bases }
        return bases.isEmpty ? [defaultBase] : bases
    }

    /// The HPKE configurations of the tasks below a base path, by their rank and in the order in which they joined.
    ///
    /// A client does not say for which task it asks, and may use any of them: every task opens what is sealed to any
    /// (``HpkeKeyring``). Where two tasks' configurations have one ID the first is listed, and both are opened. The keys of
    /// tasks that have ended are offered to nobody while there are others: they open what is on its way.
    ///
    /// Spec: DAP §4.4.1
    package func hpkeConfigList(base: String) -> HpkeConfigList {
        var seen: Set<UInt8> = []
        let here = tasks.enumerated().filter { $0.element.base == base }
        let going = here.filter { !$0.element.life.isClosed && !$0.element.backend.hpkeConfigList().configs.isEmpty }
        let tasks = (going.isEmpty ? here : going)
            .sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
        // Behind those of tasks that are here: these go on, whether or not requests may bring further ones.
        let offered = state.withLock { $0.offered[base] } ?? []
        let configs = tasks.flatMap { $0.element.backend.hpkeConfigList().configs } + offered
        return HpkeConfigList(configs: configs.filter { seen.insert($0.id).inserted })
    }
}
