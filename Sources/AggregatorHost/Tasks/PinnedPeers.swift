import AggregatorServer
import PopulusDAP
import PopulusTLS

/// Whose certificates are expected of a task's other party, in place of its token.
package struct PinnedPeers: Sendable {
    private var ofAll: [PinnedPeer] = []
    private var ofTask: [TaskID: [PinnedPeer]] = [:]

    package init() {}

    /// Expects one more, of which each will do.
    ///
    /// - Parameter task: for this task alone, which has none of the others then; nothing for all tasks that have none of
    ///   their own.
    package mutating func add(_ peer: PinnedPeer, for task: TaskID?) {
        if let task { ofTask[task, default: []].append(peer) } else { ofAll.append(peer) }
    }

    /// The tasks that have some of their own and are not among those that are served: a slip in an ID has a task take its
    /// token from anybody.
    ///
    /// - Returns: in the order of their IDs.
    package func tasks(besides served: Set<TaskID>) -> [TaskID] {
        ofTask.keys.filter { !served.contains($0) }.sorted { "\($0)" < "\($1)" }
    }

    /// Those of a task, for its one caller that they are of.
    func callers(of task: TaskID, _ caller: RouteRow.Caller) -> [RouteRow.Caller: [PinnedPeer]] {
        let peers = ofTask[task] ?? ofAll
        return peers.isEmpty ? [:] : [caller: peers]
    }
}
