import Collector
import Foundation
import Synchronization

/// Shows how a walk goes on.
final class DiscoverProgress: Sendable {
    private let display: ProgressDisplay
    private let bits: Int
    private let lateRejections: LateRejections
    private let began = ContinuousClock.now
    private let latest = Mutex<String>("")

    init(display: ProgressDisplay, bits: Int, lateRejections: LateRejections) {
        self.display = display
        self.lateRejections = lateRejections
        self.bits = bits
    }

    func show(_ event: DiscoveryEvent) {
        switch event {
        case .asking(let step, let level, let candidates, let again):
            if again { display.line("going on at step \(step + 1)") }
            let before = latest.withLock { $0 }
            let text = "step \(step + 1): bit \(level + 1) of \(bits), \(counted(candidates, "candidate"))"
            display.update(before + text + "…", fraction: Double(level) / Double(bits))
        case .answered(let step, let summary, let atMost):
            if step == 0 { display.line(lateRejections.afterTheFirstStep(of: summary.reports)) }
            let elapsed = began.duration(to: .now) / .seconds(1)
            let text =
                "step \(step + 1): bit \(summary.level + 1) of \(bits), \(counted(summary.candidates, "candidate")), "
                + "\(counted(summary.survivors, "survivor")), \(readable(seconds: elapsed))"
            let isLast = summary.level + 1 == bits
            let estimate = isLast ? "" : ", at most \(readable(seconds: atMost)) more"
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
}
