import DAP
import Foundation
import HTTPRequests
import Synchronization
import TaskFiles

/// Tells a person who waits for the Leader's answer why that takes long: who is waited for, and since when.
///
/// The Leader is asked for the task's status, which says what it waits for itself.
final class LeaderWait: Sendable {
    private static let patience = Duration.seconds(8)
    private static let pause = Duration.seconds(10)

    private let display: ProgressDisplay
    private let requester: DAPRequester
    private let request: DAPRequest
    private let fallback: String
    /// Whether it is worth a word that too few reports have come.
    private let tellsReports: Bool
    private let task = Mutex<Task<Void, any Error>?>(nil)
    private let latest = Mutex<String?>(nil)

    init(
        _ display: ProgressDisplay, _ file: TaskFile, token: String, tellsReports: Bool, fallback: String
    ) {
        self.display = display
        self.tellsReports = tellsReports
        self.fallback = fallback
        requester = DAPRequester(patience: .init(first: 0, later: 0), timeoutSeconds: 10)
        request = DAPRequest(.get, file.configuration.leaderURL("tasks/\(file.taskID)/status"), token: token)
    }

    /// What is waited for, if the Leader said so last.
    var reason: String? { latest.withLock { $0 } }

    /// A request was sent that has no answer yet.
    func begin() {
        task.withLock { task in
            task?.cancel()
            task = Task { [self] in
                try await Task.sleep(for: Self.patience)
                var told: String?
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
    private func look(_ told: inout String?) async throws {
        let found = await words()
        try Task.checkCancellation()
        latest.withLock { $0 = found }
        guard found != told else { return }
        if let found {
            display.note(found)
        } else if told != nil, told != fallback {
            display.note("that is over: going on")
        }
        told = found
    }

    /// Why it takes long; nothing if the aggregators are just at work, or the Leader itself is away, which is told elsewhere.
    private func words() async -> String? {
        let answer: DAPAnswer
        do throws(DAPRequestError) {
            answer = try await requester.send(request)
        } catch {
            if case .refused(_, let status) = error, status < 500 { return fallback }
            return latest.withLock { $0 }
        }
        guard let status = TaskStatus(decoding: answer.body) else { return fallback }
        if let peer = status.peer, peer.state == .fault {
            let since = peer.since.map { " since \(Moment.text($0))" } ?? ""
            return "waiting for the Helper\(since): \(peer.reason ?? "no reason given"). Ctrl-C is safe"
        }
        if status.storeConflict != nil || status.isFailing {
            return "waiting for the Leader: its own work on this task fails, and its log says why. Ctrl-C is safe"
        }
        if tellsReports, let reports = status.reports, reports.count < reports.least {
            return "waiting for reports: \(reports.words) (a batch needs \(reports.least)). Ctrl-C is safe"
        }
        return nil
    }
}

extension LeaderWait {
    /// Tells that the Leader itself does not answer; the reason names its address.
    static func away(_ display: ProgressDisplay) -> @Sendable (ServerAbsence) -> Void {
        { display.note("waiting for the Leader: \($0.text)") }
    }
}

extension WaitingReports {
    /// How many, as far as it is told.
    var words: String {
        unit == 1
            ? counted(count, "report") : count == 0 ? "fewer than \(unit) reports" : "\(count) reports or some more"
    }
}
