import Aggregator
import PopulusDAP

extension TaskLife {
    /// Reports wait that are too old, and one result is.
    static let oldReports = TaskLife(
        name: "a Leader's old reports", uploads: .byTime,
        prepare: { transaction in
            for number in 1...6 { try transaction.upload(number) }
            try transaction.insertWalk(.plain(1))
            try transaction.insertResource(.numbered(1, digest: 1))
            _ = try transaction.endResource(1, .released, [1])
            if let walk = try transaction.walk(WalkID(1)) { try transaction.endWithShards(walk, .abandoned) }
        },
        writes: [
            forgetting(before: 4), forgetting(before: 6),
            DueWrite("discard expired results") { transaction in
                let expired = try transaction.expiredResources(before: 1 << 40, limit: 16)
                for id in expired {
                    guard var resource = try transaction.resource(id) else { continue }
                    (resource.state, resource.response) = (.deleted, [])
                    try transaction.updateResource(resource)
                }
                return "\(expired.count)"
            },
            // Whether its time is forgotten already is seen where it would be stored.
            upload(7, time: 2, of: "an old time"), upload(8, time: 9),
        ])

    private static func forgetting(before time: UInt64) -> DueWrite {
        DueWrite("forget expired reports", of: "before \(time)") { transaction in
            let floor = try transaction.forgottenBefore()
            let page = try transaction.expiredReports(before: time, after: nil, limit: 100)
            try transaction.forgetReports(page.reports)
            return "\(page.reports.map(\.time)), \(floor)"
        }
    }
}
