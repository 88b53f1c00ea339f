import Foundation
import PopulusDAP

/// What is not in a result, and why.
public struct MissingParts: Hashable, Sendable {
    /// The reports that were accepted at the first step of a walk and rejected since.
    public let lateRejections: UInt64
    /// The reports that the aggregators rejected, late ones too; nothing where the Leader does not tell, which is not the same as
    /// none.
    public let rejected: [RejectedCount]?
    /// How many prefixes had enough votes when the walk had to end before their strings did; 0 where all have ended.
    public let unfinished: Int
    /// What the strings of those prefixes are sure to begin with, each beginning once, ascending by bytes.
    public let beginnings: [[UInt8]]
    /// Where the interval was cut since it was not over: what comes later is for another batch.
    public let cutAt: Date?

    init(
        lateRejections: UInt64 = 0, rejected: [RejectedReports]?, unfinished: Int = 0, beginnings: [[UInt8]] = [],
        cutAt: UInt64?
    ) {
        self.lateRejections = lateRejections
        self.rejected = rejected?.map { RejectedCount($0) }
        self.unfinished = unfinished
        self.beginnings = beginnings
        self.cutAt = cutAt.map { Date(timeIntervalSince1970: Double($0)) }
    }
}

/// How many reports one aggregator rejected for one reason.
public struct RejectedCount: Hashable, Sendable {
    /// Who found it.
    public let party: CollectorFailure.Aggregator
    /// The specification's name of the reason, such as `vdaf_verify_error`.
    ///
    /// Spec: DAP §4.1
    public let reason: String
    /// How many.
    public let count: UInt64

    init(_ rejected: RejectedReports) {
        party = rejected.party == .helper ? .helper : .leader
        reason = rejected.reason.name
        count = rejected.count
    }
}
