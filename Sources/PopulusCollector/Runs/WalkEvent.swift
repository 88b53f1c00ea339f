import PopulusDAP

/// What happens in a run of a walk.
///
/// Before the result an event holds no prefix and no prefix's votes, only how many there are: who listens learns what the
/// person at the command learns, and never what stayed below the threshold. A failure may name the threshold with which the
/// walk could go on.
package enum WalkEvent: RunEvent, Hashable {
    /// The run begins; the first event.
    case started(WalkStart)
    case waiting(Waiting)
    /// What was waited for is there, or is no longer the reason.
    case waitIsOver(Waiting)
    /// A step is asked, or asked again after an interruption.
    case asking(step: Int, level: Int, candidates: Int, again: Bool)
    /// A step was answered.
    case answered(WalkProgressReport)
    /// There is a result; the last event.
    case finished(WalkRecord)
    /// The run cannot go on; the last event.
    case failed(CollectorError)

    var isIntervalWait: Bool {
        if case .waiting(.interval) = self { true } else { false }
    }
}

/// What a run begins with.
package struct WalkStart: Hashable, Sendable {
    package let task: TaskID
    package let walk: WalkID
    package let options: DiscoveryOptions
    /// Whether the walk begins too; otherwise it goes on.
    package let isNew: Bool
    /// The steps that were answered in earlier runs.
    package let stepsAnswered: Int
    /// The length of a path.
    package let bits: Int
    /// The end of the interval that is waited for first, in seconds since the Epoch.
    package let waitsUntil: UInt64?
    /// The task's smallest batch, and how many of its reports may turn bad after the first step.
    package let leastBatch: UInt64
    package let leastLateRejectionLimit: UInt64

    package init(
        task: TaskID, walk: WalkID, options: DiscoveryOptions, isNew: Bool, stepsAnswered: Int, bits: Int,
        waitsUntil: UInt64?, leastBatch: UInt64, leastLateRejectionLimit: UInt64
    ) {
        self.task = task
        self.walk = walk
        self.options = options
        self.isNew = isNew
        self.stepsAnswered = stepsAnswered
        self.bits = bits
        self.waitsUntil = waitsUntil
        self.leastBatch = leastBatch
        self.leastLateRejectionLimit = leastLateRejectionLimit
    }
}

/// A step that was answered, and what that says of the walk.
package struct WalkProgressReport: Hashable, Sendable {
    /// Counted from 0.
    package let step: Int
    package let summary: StepSummary
    /// The seconds that remain at most, if every level must still be walked at this pace.
    package let secondsLeft: Double
    /// How many of the first step's reports may turn bad after it; one more ends the walk without a result.
    package let lateRejectionLimit: UInt64

    package init(step: Int, summary: StepSummary, secondsLeft: Double, lateRejectionLimit: UInt64) {
        self.step = step
        self.summary = summary
        self.secondsLeft = secondsLeft
        self.lateRejectionLimit = lateRejectionLimit
    }
}
