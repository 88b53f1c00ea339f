import Foundation
import PopulusCollector
import PopulusEvents
import Synchronization

/// Shows how a walk goes on.
final class DiscoverView: EventListener {
    private let display: ProgressDisplay
    private let waiting: WaitingView
    private let bits: Int
    private let began = ContinuousClock.now
    private let latest = Mutex<String>("")

    init(_ display: ProgressDisplay, bits: Int) {
        self.display = display
        self.bits = bits
        waiting = WaitingView(
            display,
            unknown: "waiting for the Leader, which does not say what it waits for; its log does. Ctrl-C is safe")
    }

    /// What is waited for, if the Leader said so last.
    var waitReason: String? { waiting.reason }

    func hear(_ event: WalkEvent) {
        switch event {
        case .started(let start):
            if start.isNew { display.line(LateRejections.words(before: start)) }
        case .waiting(let what): waiting.show(what)
        case .waitIsOver(let what): waiting.showEnd(what)
        case .asking(let step, let level, let candidates, let again):
            if again { display.line("going on at step \(step + 1)") }
            let before = latest.withLock { $0 }
            let text = "step \(step + 1): bit \(level + 1) of \(bits), \(counted(candidates, "candidate"))"
            display.update(before + text + "…", fraction: Double(level) / Double(bits))
        case .answered(let report):
            waiting.forget()
            show(report)
        case .finished, .failed: display.clear()
        }
    }

    private func show(_ report: WalkProgressReport) {
        let (step, summary) = (report.step, report.summary)
        if step == 0 { display.line(LateRejections.words(afterTheFirst: report)) }
        let elapsed = began.duration(to: .now) / .seconds(1)
        let text =
            "step \(step + 1): bit \(summary.level + 1) of \(bits), \(counted(summary.candidates, "candidate")), "
            + "\(counted(summary.survivors, "survivor")), \(readable(seconds: elapsed))"
        let isLast = summary.level + 1 == bits
        let estimate = isLast ? "" : ", at most \(readable(seconds: report.secondsLeft)) more"
        if display.isTerminal {
            latest.withLock {
                $0 = "\(counted(summary.survivors, "survivor")), \(readable(seconds: elapsed))\(estimate); "
            }
            display.update(text + estimate, fraction: Double(summary.level + 1) / Double(bits))
        } else {
            display.update(text + estimate)
        }
    }
}
