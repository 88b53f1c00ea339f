import PopulusDAP

/// How many reports an aggregator turned away for one reason.
package struct KeptRejection: Hashable, Sendable {
    /// The Leader or the Helper.
    package let party: Role
    package let reason: ReportError
    package let count: UInt64

    package init(party: Role, reason: ReportError, count: UInt64) {
        self.party = party
        self.reason = reason
        self.count = count
    }

    init(_ rejected: RejectedReports) {
        self.init(party: rejected.party, reason: rejected.reason, count: rejected.count)
    }

    /// By party, then by the specification's order of reasons; each once.
    static func sorted(_ rejections: [KeptRejection]?) throws(ResultsError) -> [KeptRejection]? {
        guard let rejections else { return nil }
        guard rejections.allSatisfy({ $0.party == .leader || $0.party == .helper }) else {
            throw .inconsistent("a report is rejected by one who is no aggregator")
        }
        let sorted = rejections.sorted {
            ($0.party.rawValue, $0.reason.rawValue) < ($1.party.rawValue, $1.reason.rawValue)
        }
        for (one, next) in zip(sorted, sorted.dropFirst()) where (one.party, one.reason) == (next.party, next.reason) {
            throw .inconsistent("one reason is counted twice")
        }
        return sorted
    }
}
