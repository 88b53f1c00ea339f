/// The form with which a discovery is started.
package struct DiscoveryFormView: Hashable, Sendable {
    package let facts: TaskFacts
    /// What the field has: what was sent before, or that of the latest walk, or nothing.
    package let threshold: String
    /// The least threshold that the task permits, in votes.
    package let leastThreshold: UInt64
    /// The least number of reports of a batch.
    package let leastBatch: UInt64
    /// What the task promises of a report; nothing where counts are exact.
    package let promise: String?
    /// What the fields of the batch's ends have; nothing where the Leader selects the batch.
    package let interval: Interval?

    /// The two ends of a batch, as they are written.
    package struct Interval: Hashable, Sendable {
        package let since: String
        package let until: String

        package init(since: String, until: String) {
            self.since = since
            self.until = until
        }
    }

    package init(
        facts: TaskFacts, threshold: String, leastThreshold: UInt64, leastBatch: UInt64, promise: String?,
        interval: Interval?
    ) {
        self.facts = facts
        self.interval = interval
        self.threshold = threshold
        self.leastThreshold = leastThreshold
        self.leastBatch = leastBatch
        self.promise = promise
    }
}

/// The question that is asked once more, since a walk spends its batch.
package struct DiscoveryQuestionView: Hashable, Sendable {
    package let facts: TaskFacts
    /// As it was written, and as it will be taken.
    package let threshold: String
    /// Which reports are spent, in words.
    package let batch: String
    /// What the answer sends back as ``FormField/question``: one answer is taken, so that no walk begins twice.
    package let question: String

    package init(facts: TaskFacts, threshold: String, batch: String, question: String) {
        self.facts = facts
        self.question = question
        self.threshold = threshold
        self.batch = batch
    }
}

/// A walk that goes on, as far as it came; also what each event tells, as a whole.
///
/// It has numbers of candidates and of survivors, and no prefix and no prefix's votes: who watches learns what the person at the
/// command learns.
package struct LiveView: Hashable, Sendable {
    package let task: String
    /// A base64url text.
    package let walk: String?
    /// The threshold as it was written.
    package let threshold: String
    /// The length of a string's path; 0 before it is known.
    package let bits: Int
    package let phase: Phase
    /// In order.
    package let steps: [LiveStep]
    /// Seconds that remain at most at this pace.
    package let secondsLeft: Double?
    /// How many reports may turn bad after the first step.
    package let lateRejectionLimit: UInt64?

    package init(
        task: String, walk: String?, threshold: String, bits: Int, phase: Phase, steps: [LiveStep],
        secondsLeft: Double?, lateRejectionLimit: UInt64?
    ) {
        self.task = task
        self.walk = walk
        self.threshold = threshold
        self.bits = bits
        self.phase = phase
        self.steps = steps
        self.secondsLeft = secondsLeft
        self.lateRejectionLimit = lateRejectionLimit
    }

    package enum Phase: Hashable, Sendable {
        /// What is waited for, in a sentence.
        case waiting(String)
        /// A step is asked: counted from 0, the level from 0 too.
        case asking(step: Int, level: Int, candidates: Int)
        /// A step was answered, and the next one is made.
        case planning
        /// There is a result, kept under the walk's ID.
        case finished(strings: Int)
        /// There is none: why, in words that quote no count.
        case failed(String)
    }

    /// A step that was answered.
    package struct LiveStep: Hashable, Sendable {
        /// Counted from 0.
        package let step: Int
        /// How many bits of each path were asked for.
        package let bits: Int
        package let candidates: Int
        /// Nothing before the threshold is a number of votes.
        package let survivors: Int?
        package let reports: UInt64
        package let lateRejections: UInt64
        package let seconds: Double

        package init(
            step: Int, bits: Int, candidates: Int, survivors: Int?, reports: UInt64, lateRejections: UInt64,
            seconds: Double
        ) {
            self.step = step
            self.bits = bits
            self.candidates = candidates
            self.survivors = survivors
            self.reports = reports
            self.lateRejections = lateRejections
            self.seconds = seconds
        }
    }
}
