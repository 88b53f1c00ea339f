import PopulusDAP

extension JSONText {
    /// The member `rejections` of a result: an array, in the order given.
    package static func rejections(_ rejections: [RejectedReports]) -> String {
        array(
            rejections.map {
                object([("party", string($0.party.name)), ("reason", string($0.reason.name)), ("count", "\($0.count)")])
            })
    }
}

/// An element of the member `rejections`, as it is read.
struct StoredRejection: Decodable {
    let party: String
    let reason: String
    let count: UInt64

    /// Nothing for a party or a reason that there is not.
    var rejected: RejectedReports? {
        guard let party = Role(name: party), let reason = ReportError.allCases.first(where: { $0.name == reason })
        else {
            return nil
        }
        return RejectedReports(party: party, reason: reason, count: count)
    }
}
