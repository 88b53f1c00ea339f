import PopulusVDAF

/// What an aggregator durably knows of a walk when it decides on the next step: every step that was ever asked.
package struct WalkHistory: Hashable, Sendable {
    /// One step that was asked.
    package struct Step: Hashable, Sendable {
        package let parameter: Poplar1AggregationParameter

        /// How many reports the step accepted; nothing until this aggregator's share of it is stored.
        package let reportCount: UInt64?

        package init(parameter: Poplar1AggregationParameter, reportCount: UInt64?) {
            self.parameter = parameter
            self.reportCount = reportCount
        }
    }

    /// The steps in order, from step 0; only the last can be without a count.
    package var steps: [Step]

    /// Why no further step can be asked, if so.
    package var end: WalkEnd?

    package init(steps: [Step] = [], end: WalkEnd? = nil) {
        self.steps = steps
        self.end = end
    }
}

/// Why a walk takes no further step.
package enum WalkEnd: String, Hashable, Sendable, Codable, CaseIterable {
    /// The leaf's counts were released.
    case completed

    /// More reports were rejected after step 0 than the task allows.
    case lateRejections

    /// Fewer reports were left than the task's least batch size.
    case batchTooSmall

    /// The Collector or the Leader gave it up.
    case abandoned

    /// Its life is over.
    case expired

    /// The aggregators contradicted each other, or a job failed for good.
    case failed

    /// Too few reports opened at the Leader: nothing was sent, and the batch is free for another walk.
    case notBegun
}
