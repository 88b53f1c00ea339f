import PopulusDAP
import PopulusStringCodec

/// A finished walk: its result, and what it is a result of.
package struct WalkRecord: Hashable, Sendable {
    package let facts: ResultFacts
    package let walk: WalkID
    /// The threshold as it was written.
    package let threshold: String
    /// How many votes below the threshold strings are listed; 0 without noise.
    package private(set) var margin: UInt64
    /// Nothing where counts are exact.
    package private(set) var noise: NoiseFacts?
    /// The level of each step, counted from 0.
    package let levels: [Int]
    /// The steps themselves; none in a record that was read from JSON, which has their levels only.
    package let steps: [StepSummary]
    package let result: DiscoveryResult
    /// Whether each value is a group and a string.
    package let isGrouped: Bool

    /// - Parameters:
    ///   - state: the walk's, with its result in it.
    ///   - ended: seconds since the Epoch.
    ///   - rejections: what the Leader tells of rejected reports; nothing where it does not.
    package init(
        _ result: DiscoveryResult, of state: DiscoveryState, task: DiscoveryTask, version: String, ended: UInt64,
        rejections: [RejectedReports]? = nil
    ) {
        let configuration = task.configuration
        facts = ResultFacts(
            version: version, task: state.task, vdaf: configuration.vdaf.name, batchMode: configuration.batchMode,
            asked: state.options.query(for: configuration).flatMap {
                ResultFacts.Span($0, precision: configuration.timePrecision)
            },
            interval: state.interval, began: UInt64(exactly: state.began.rounded(.down)), ended: ended,
            reports: result.reports, rejections: rejections)
        walk = state.walk
        threshold = state.options.threshold
        margin = task.walk.thresholdMargin
        noise = NoiseFacts(task.walk)
        levels = state.steps.map(\.level)
        steps = state.steps
        self.result = result
        isGrouped = task.encoding is GroupedEncoding
    }

    /// What an earlier version kept says nothing of the noise: the task does.
    package mutating func complete(by walk: WalkTaskExtension) {
        guard noise == nil, let facts = NoiseFacts(walk) else { return }
        (noise, margin) = (facts, walk.thresholdMargin)
    }

    package init(
        facts: ResultFacts, walk: WalkID, threshold: String, margin: UInt64 = 0, noise: NoiseFacts? = nil,
        levels: [Int], steps: [StepSummary] = [], result: DiscoveryResult, isGrouped: Bool = false
    ) {
        self.facts = facts
        self.walk = walk
        self.threshold = threshold
        self.margin = margin
        self.noise = noise
        self.levels = levels
        self.steps = steps
        self.result = result
        self.isGrouped = isGrouped
    }
}
