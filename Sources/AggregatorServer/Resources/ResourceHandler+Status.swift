import Aggregator
import HTTPServing
import HTTPTypes
import PopulusDAP
import Synchronization

/// The status of a task, for who has a token of it.
///
/// Spec: <doc:TaskStatuses>
extension ResourceHandler {
    /// Nothing changes by it: a Leader looks at its Helper once a minute.
    func status(of task: ServedTask, _ route: Route) async -> ServerResponse {
        var status: TaskStatus
        do throws(AggregatorError) {
            status = try await task.backend.status()
        } catch {
            return Problems.response(for: error, task: task.id)
        }
        let conflict = await StoreFields.examine(route, task)
        status.isFailing = conflict == nil && registry.failing.contains(task.id)
        if registry.role == .helper {
            status.storeConflict = conflict?.description
            status.peer = task.contact.status
        } else if conflict != nil {
            status.storeConflict = StoreFields.wordsForTheCollector
        }
        let response = ServerResponse(
            status: .ok, headers: [.contentType: TaskStatus.mediaType.description, .cacheControl: "no-store"],
            body: status.encoded())
        return ClockFields.added(to: StoreFields.added(to: response, route, task), route, task)
    }
}

/// When a Helper last heard of its Leader.
final class LeaderContact: Sendable {
    /// A Leader of ours looks after its Helper once a minute: it is there if it was heard of within so many seconds.
    private static let patience: UInt64 = 180

    private let clock: any AggregatorClock
    private let latest = Mutex<UInt64?>(nil)

    init(clock: any AggregatorClock = SystemClock()) { self.clock = clock }

    /// Notes an admitted request, if it is the Leader's own: the Helper's operator asks for the status with the same token.
    func note(_ route: ResourceHandler.Route) {
        guard route.row.caller == .leader, route.row.operation != .status || route.storeField != nil else { return }
        let now = clock.now
        latest.withLock { $0 = now }
    }

    /// A Leader that says nothing may have nothing to say, if it is another implementation.
    var status: PeerStatus {
        let now = clock.now
        guard let latest = latest.withLock({ $0 }) else { return PeerStatus(state: .unknown) }
        let isThere = now < latest + Self.patience
        return PeerStatus(state: isThere ? .ok : .unknown, since: latest)
    }
}
