import PopulusDAP
import PopulusHTTPRequests
import PopulusTLS
import Synchronization

/// Finds out why the Leader's answer takes long: the Leader is asked for the task's status, which says what it waits for
/// itself.
final class LeaderWatch: Sendable {
    private static let patience = Duration.seconds(8)
    private static let pause = Duration.seconds(10)

    private let requester: DAPRequester
    private let request: DAPRequest
    /// Whether too few reports are a reason.
    private let tellsReports: Bool
    private let tell: @Sendable (WaitingChange) -> Void
    private let task = Mutex<Task<Void, any Error>?>(nil)
    private let latest = Mutex<Waiting?>(nil)

    init(
        task: TaskID, configuration: TaskConfiguration, token: String, tellsReports: Bool,
        tls: ClientTLS?, tell: @escaping @Sendable (WaitingChange) -> Void
    ) {
        self.tellsReports = tellsReports
        self.tell = tell
        requester = DAPRequester(patience: .init(first: 0, later: 0), timeoutSeconds: 10, tls: tls)
        request = DAPRequest(
            .get, configuration.leaderURL("tasks/\(task)/status"), token: token,
            fields: TaskAdvertisement.fields(for: task, configuration))
    }

    /// A request was sent that has no answer yet.
    func begin() {
        task.withLock { task in
            task?.cancel()
            task = Task { [self] in
                try await Task.sleep(for: Self.patience)
                var told: Waiting?
                while true {
                    try await look(&told)
                    try await Task.sleep(for: Self.pause)
                }
            }
        }
    }

    /// There is an answer.
    func pause() {
        task.withLock { task in
            task?.cancel()
            task = nil
        }
        latest.withLock { $0 = nil }
    }

    /// Nothing is waited for any more.
    func end() async {
        pause()
        await requester.shutdown()
    }

    /// Asks once, and tells what is new.
    private func look(_ told: inout Waiting?) async throws {
        let found = await reason()
        try Task.checkCancellation()
        latest.withLock { $0 = found }
        guard found != told else { return }
        if let found {
            tell(.waiting(found))
        } else if let told {
            tell(.isOver(told))
        }
        told = found
    }

    /// Why it takes long; nothing if the aggregators are just at work, or the Leader itself is away, which is told elsewhere.
    private func reason() async -> Waiting? {
        let answer: DAPAnswer
        do throws(DAPRequestError) {
            answer = try await requester.send(request)
        } catch {
            if case .refused(_, let status) = error, status < 500 { return .unknown }
            return latest.withLock { $0 }
        }
        guard let status = TaskStatus(decoding: answer.body) else { return .unknown }
        if let peer = status.peer, peer.state == .fault { return .helper(since: peer.since, reason: peer.reason) }
        if status.storeConflict != nil || status.isFailing { return .failingLeader }
        if tellsReports, let reports = status.reports, reports.count < reports.least {
            return .reports(count: reports.count, unit: reports.unit, least: reports.least)
        }
        return nil
    }
}
