import PopulusCollector
import PopulusDAP
import Synchronization

/// Tells a person who waits why that takes long: who is waited for, and since when.
final class WaitingView: Sendable {
    private let display: ProgressDisplay
    /// Told where the Leader does not say what it waits for.
    private let unknown: String
    private let latest = Mutex<String?>(nil)
    private let isIntervalTold = Mutex(false)

    init(_ display: ProgressDisplay, unknown: String) {
        self.display = display
        self.unknown = unknown
    }

    /// What is waited for, if the Leader said so last.
    var reason: String? { latest.withLock { $0 } }

    func show(_ waiting: Waiting) {
        switch waiting {
        case .interval(let end, let left):
            let text =
                "waiting until \(Moment.text(end)), when the interval ends: \(readable(seconds: left))"
            if display.isTerminal {
                display.update(text)
            } else if isIntervalTold.withLock({ told in
                defer { told = true }
                return !told
            }) {
                display.line(text)
            }
        case .leader(let absence): display.note("waiting for the Leader: \(absence.text)")
        case .helper, .failingLeader, .reports, .unknown:
            let text = words(waiting)
            latest.withLock { $0 = text }
            display.note(text)
        }
    }

    func showEnd(_ waiting: Waiting) {
        switch waiting {
        case .interval: display.clear()
        case .leader: break
        case .unknown: forget()
        case .helper, .failingLeader, .reports:
            forget()
            display.note("that is over: going on")
        }
    }

    /// There is an answer: nothing is waited for.
    func forget() { latest.withLock { $0 = nil } }

    private func words(_ waiting: Waiting) -> String {
        switch waiting {
        case .helper(let since, let reason):
            "waiting for the Helper\(since.map { " since \(Moment.text($0))" } ?? ""): "
                + "\(reason ?? "no reason given"). Ctrl-C is safe"
        case .failingLeader:
            "waiting for the Leader: its own work on this task fails, and its log says why. Ctrl-C is safe"
        case .reports(let count, let unit, let least):
            "waiting for reports: \(WaitingReports.words(count: count, unit: unit)) (a batch needs \(least)). "
                + "Ctrl-C is safe"
        case .interval, .leader, .unknown: unknown
        }
    }
}

extension WaitingReports {
    /// How many, as far as it is told.
    var words: String { Self.words(count: count, unit: unit) }

    static func words(count: UInt64, unit: UInt64) -> String {
        unit == 1
            ? counted(count, "report") : count == 0 ? "fewer than \(unit) reports" : "\(count) reports or some more"
    }
}
