import PopulusCollector
import PopulusDAP

/// All that is kept of a walk but its strings.
package struct WalkHead: Hashable, Sendable {
    package var task: KeptTask
    package let walk: WalkID
    /// The version of the program that walked.
    package var version: String
    /// The threshold as it was written.
    package let threshold: String
    /// The threshold as a number of votes; nothing where the walk failed before that was known.
    package let votes: UInt64?
    /// How many votes below the threshold strings are listed; 0 without noise.
    package let margin: UInt64
    /// Nothing where counts are exact.
    package let noise: NoiseFacts?
    package let asked: ResultFacts.Span?
    package let interval: ResultFacts.Span?
    /// In seconds since the Epoch, as `ended` is.
    package let began: UInt64?
    package var ended: UInt64
    /// In order; one that an earlier version kept has levels only, and none of these.
    package var steps: [KeptStep]
    /// The reports that were accepted at the first step.
    package let reportsAtStart: UInt64
    /// Those that were accepted at the last step; shares are of these.
    package let reports: UInt64
    /// All that were rejected, late ones too; nothing where nobody told, which is not the same as none.
    package var rejections: [KeptRejection]?
    package let ending: WalkEnding
    /// The count of the strings that the task cannot encode, where it is as high as that of a listed string.
    package let other: Int64?
    /// How many strings are listed.
    package let stringCount: Int

    /// The reports that turned out to be invalid after the first step.
    package var lateRejections: UInt64 { reportsAtStart - min(reportsAtStart, reports) }

    /// The least count with which a string is listed; nothing where no string is.
    package var leastCount: Int64? { votes.map(leastCount(threshold:)) }

    /// The least count with which a walk of this task lists a string at a threshold.
    package func leastCount(threshold: UInt64) -> Int64 { Int64(clamping: threshold - min(threshold, margin)) }

    /// Between which numbers a count's true value is; both ends are the count where it is exact.
    package func interval(of count: Int64) -> CountInterval {
        CountInterval(count: Int128(count), halfWidth: noise?.halfWidth ?? 0)
    }

    /// The time of the reports: as it was asked for, or as the Leader says.
    package var span: ResultFacts.Span? { asked ?? interval }

    /// Those of earlier reports first, whenever they were walked.
    package static func precedes(_ one: WalkHead, _ other: WalkHead) -> Bool {
        (one.span?.end ?? one.ended, one.ended, one.began ?? 0, one.walk)
            < (other.span?.end ?? other.ended, other.ended, other.began ?? 0, other.walk)
    }

    /// Whether the same walk had the same result: when it was written down, and by which version, makes no difference.
    ///
    /// Nor does it matter whether its steps are known: a result that was kept beside its task has none of them. Nor whether
    /// rejected reports were told: a Leader may be away when it is asked for them.
    func hasContent(of other: WalkHead) -> Bool {
        var same = other
        (same.task, same.version, same.ended) = (task, version, ended)
        if steps.isEmpty || other.steps.isEmpty { same.steps = steps }
        if rejections == nil || other.rejections == nil { same.rejections = rejections }
        return self == same && task.isSame(as: other.task)
    }
}
