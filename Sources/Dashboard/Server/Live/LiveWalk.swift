import PopulusCollector
import PopulusDAP

/// What viewers see of a walk that is under way.
///
/// It is made of a run's events alone, which hold no prefix, and no count but those of reports, candidates and survivors:
/// what stayed below the threshold is nowhere in it, so that it cannot be shown by mistake. The number of survivors of the
/// first step is masked: what the threshold comes to is settled after it, and before whatever has one vote is among them.
package struct LiveWalk: Sendable, Hashable {
    package let task: TaskID
    /// Nothing of one that has not begun.
    private let walk: WalkID?
    private let threshold: String
    private let bits: Int
    private var phase: LiveView.Phase
    private var steps: [LiveView.LiveStep] = []
    private var secondsLeft: Double?
    private var lateRejectionLimit: UInt64?

    package init(_ start: WalkStart) {
        task = start.task
        walk = start.walk
        threshold = start.options.threshold
        bits = start.bits
        phase = start.waitsUntil == nil ? .planning : .waiting("the interval is not over")
    }

    /// A walk that was asked for, and has told nothing yet.
    init(_ task: TaskID, _ wish: WalkWish) {
        (self.task, walk, threshold, bits, phase) = (task, nil, wish.threshold, 0, .planning)
    }

    /// Whether nothing more will come.
    package var isOver: Bool {
        switch phase {
        case .finished, .failed: true
        case .waiting, .asking, .planning: false
        }
    }

    package var view: LiveView {
        LiveView(
            task: task.base64URL, walk: walk?.base64URL, threshold: threshold, bits: bits, phase: phase, steps: steps,
            secondsLeft: secondsLeft, lateRejectionLimit: lateRejectionLimit)
    }

    /// Takes an event of its run.
    package mutating func hear(_ event: WalkEvent) {
        switch event {
        case .started: break
        case .waiting(let what): phase = .waiting(WaitWords.words(what))
        case .waitIsOver: phase = .planning
        case .asking(let step, let level, let candidates, _):
            phase = .asking(step: step, level: level, candidates: candidates)
        case .answered(let report):
            phase = .planning
            secondsLeft = report.secondsLeft
            lateRejectionLimit = report.lateRejectionLimit
            let summary = report.summary
            steps.append(
                LiveView.LiveStep(
                    step: report.step, bits: summary.level + 1, candidates: summary.candidates,
                    survivors: report.step == 0 ? nil : summary.survivors, reports: summary.reports,
                    lateRejections: summary.lateRejections,
                    seconds: summary.seconds))
        case .finished(let record):
            phase = .finished(strings: record.result.strings.count)
            secondsLeft = nil
        case .failed(let error):
            phase = .failed(WalkFailureWords.words(error))
            secondsLeft = nil
        }
    }

    /// Says why there is no result, or why it is not kept; what the walk itself said of a failure stays.
    mutating func fail(_ reason: String) {
        if case .failed = phase { return }
        phase = .failed(reason)
        secondsLeft = nil
    }
}

/// What a run waits for, in a sentence.
enum WaitWords {
    static func words(_ waiting: Waiting) -> String {
        switch waiting {
        case .interval: "the interval is not over"
        case .leader: "the Leader does not answer as it should"
        case .helper: "the Leader waits for the Helper"
        case .failingLeader: "the Leader's own work on the task fails; its log says why"
        case .reports(let count, _, let least):
            "more reports must come: there are \(count) or more, and a batch needs \(least)"
        case .unknown: "the Leader does not say what it waits for; its log does"
        }
    }
}
