import Foundation
import PopulusDAP
import PopulusStringCodec
import PopulusVDAF

/// What a discovery must remember to go on after an interruption.
///
/// It is durable before each request leaves, with the very bytes of the request: a walk that goes on repeats the step
/// that it asked and never plans it anew, since the aggregators refuse a second question at the same step.
package struct DiscoveryState: Hashable, Sendable, Codable {
    /// The file's format; anything but ``currentFormat`` and ``earlierFormat`` is refused.
    package internal(set) var format = DiscoveryState.currentFormat
    package let task: TaskID
    package let walk: WalkID
    package var options: DiscoveryOptions
    /// When the walk began, in seconds since the Epoch.
    package let began: Double
    /// The steps that were answered, in order.
    package var steps: [StepSummary] = []
    /// The threshold as a number of votes, known after the first step.
    package var votes: UInt64?
    /// The encoded selector of the batch, known after the first step.
    package var batchSelector: [UInt8]?
    /// The smallest interval with all reports, known after the first step; in seconds since the Epoch.
    package var interval: ResultFacts.Span?
    /// What is left after the last step that was answered.
    package var survivors: [Survivor] = []
    /// The step that was asked and not yet answered.
    package var asked: AskedStep?
    /// The job of the last step that the Leader is known to have.
    package var lastJob: CollectionJobID?
    package var pace = WalkPace()
    /// The strings that had not ended when the leaf was asked.
    package var unfinished = 0
    /// What those strings are sure to begin with, each beginning once, ascending; nothing where all ended.
    package var beginnings: [[UInt8]]?
    /// The result, once there is one.
    package var result: [PopularString]?
    /// The count of the strings that the task cannot encode, once there is a result that has it.
    package var other: Int64?
    /// What the Leader told of rejected reports when it had ended the walk without a result; nothing where it did not.
    package var rejections: [RejectedReports]?

    static let currentFormat = "populus-discovery-3"
    /// That of earlier versions: it has no count below zero and none of ``other``, and is read all the same.
    static let earlierFormat = "populus-discovery-2"

    package init(task: TaskID, options: DiscoveryOptions, began: Double) {
        self.task = task
        walk = .random()
        self.options = options
        self.began = began
    }
}

/// A step that was answered.
package struct StepSummary: Hashable, Sendable, Codable {
    /// Counted from 0.
    package let level: Int
    package let candidates: Int
    /// The candidates with enough votes.
    package var survivors: Int
    /// The reports that were counted.
    package let reports: UInt64
    /// The reports that were accepted at the first step and rejected since.
    package let lateRejections: UInt64
    package let seconds: Double

    package init(
        level: Int, candidates: Int, survivors: Int, reports: UInt64, lateRejections: UInt64, seconds: Double
    ) {
        self.level = level
        self.candidates = candidates
        self.survivors = survivors
        self.reports = reports
        self.lateRejections = lateRejections
        self.seconds = seconds
    }
}

/// A step that was asked.
package struct AskedStep: Hashable, Sendable, Codable {
    package let level: Int
    /// The candidates, as `level + 1` bits each.
    package let candidates: Int
    /// The exact bytes of the `CollectionJobReq`.
    package let request: Data
    /// The step's work by the planner's measure, to learn the pace from.
    package let work: Double
}

extension RejectedReports: Codable {
    private enum CodingKeys: String, CodingKey { case party, reason, count }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let party = Role(rawValue: try container.decode(UInt8.self, forKey: .party)),
            let reason = ReportError(rawValue: try container.decode(UInt8.self, forKey: .reason))
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .party, in: container, debugDescription: "expected a party and a reason of DAP")
        }
        self.init(party: party, reason: reason, count: try container.decode(UInt64.self, forKey: .count))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(party.rawValue, forKey: .party)
        try container.encode(reason.rawValue, forKey: .reason)
        try container.encode(count, forKey: .count)
    }
}

extension Survivor: Codable {
    private enum CodingKeys: String, CodingKey { case bits, prefix, votes }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let text = try container.decode(String.self, forKey: .prefix)
        let count = try container.decode(Int.self, forKey: .bits)
        // Whatever is wrong with the bits, they are no prefix.
        guard let bytes = Base64URL.decode(text), let prefix = try? Prefix(bytes: bytes, bitCount: count) else {
            throw DecodingError.dataCorruptedError(
                forKey: .prefix, in: container, debugDescription: "expected packed bits as unpadded base64url")
        }
        self.init(prefix: prefix, votes: try container.decode(Int64.self, forKey: .votes))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Base64URL.encode(prefix.bytes), forKey: .prefix)
        try container.encode(prefix.bitCount, forKey: .bits)
        try container.encode(votes, forKey: .votes)
    }
}
