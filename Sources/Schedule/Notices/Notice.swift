import Crypto
import PopulusCollector
import PopulusDAP

/// Something of a schedule that somebody wants to know.
package struct Notice: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// A walk has a result that meets a rule.
        case walk
        /// A walk has none.
        case failed
        /// A batch has too few reports for a walk.
        case tooFewReports = "too_few_reports"
        case leaderAway = "leader_away"
        case leaderBack = "leader_back"
    }

    package let kind: Kind
    package let task: TaskID
    /// The batch that it is about; nothing where it is about the Leader.
    package let batch: ResultFacts.Span?
    /// In seconds since the Epoch.
    package let time: UInt64
    package var walk: WalkID?
    /// The walk that it is compared with.
    package var comparedWith: WalkID?
    /// The reports that were counted.
    package var reports: UInt64?
    /// How many strings the result lists.
    package var strings: Int?
    package var findings: [RuleFinding] = []
    /// Whether each value is a group and a string.
    package var isGrouped = false
    /// Why a walk has no result, as the file of results has it.
    package var failure: String?
    /// Since when the Leader is away, or was.
    package var since: UInt64?

    package init(_ kind: Kind, task: TaskID, batch: ResultFacts.Span? = nil, time: UInt64) {
        (self.kind, self.task, self.batch, self.time) = (kind, task, batch, time)
    }

    /// The same whenever the same notice is made again, as after a crash: who gets it twice can tell.
    package var id: String {
        var text = "populus notice 1\n\(kind.rawValue)\n\(task.base64URL)\n"
        if let batch { text += "batch \(batch.start) \(batch.end)\n" }
        if let walk { text += "walk \(walk.base64URL)\n" }
        if let since { text += "since \(since)\n" }
        return Base64URL.encode(Array(SHA256.hash(data: Array(text.utf8)).prefix(16)))
    }
}
