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
            DueWrite("return forgotten room") { transaction in
                try transaction.returnForgottenRoom()
                return "from \(try transaction.forgottenBefore())"
            },
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

    /// A Helper's walk has ended with what was bound in it, all of it too old, and another one begins.
    static let helperOldReports = TaskLife(
        name: "a Helper's old reports", uploads: .byTime,
        prepare: { transaction in
            for number in 1...2 { try transaction.insertWalk(.plain(number)) }
            let shard = try transaction.insertJob(ShardRecord.numbered(1, of: 1))
            for number in 1...4 { _ = try transaction.bind(number, to: shard) }
            try transaction.end(1)
        },
        writes: [
            forgetting(before: 3), forgetting(before: 5), binding(2, [1, 4, 6]), binding(3, [2, 7]),
        ])

    /// As a Helper takes a shard: what is below the floor is refused, be it known or forgotten; one that is bound stays so.
    private static func binding(_ number: Int, _ reports: [Int]) -> DueWrite {
        DueWrite("bind a shard", of: "with reports \(reports)") { transaction in
            guard try transaction.shard(id: AggregationJobID(number)) == nil else { return "known" }
            let floor = try transaction.forgottenBefore()
            let ordinal = try transaction.shards(WalkID(2)).count
            let job = try transaction.insertJob(
                ShardRecord.numbered(number, of: 2, ordinal: ordinal, phase: .bound))
            let young = reports.filter { UInt64($0) >= floor }
            let bound = try transaction.bindReports(
                young.enumerated().map { .numbered($1, at: $0, body: [UInt8($1)]) }, job: job, keyID: 7)
            return "from \(floor) \(young): \(bound)"
        }
    }

    private static func forgetting(before time: UInt64) -> DueWrite {
        DueWrite("forget expired reports", of: "before \(time)") { transaction in
            let floor = try transaction.forgottenBefore()
            let page = try transaction.expiredReports(before: time, after: nil, limit: 100)
            try transaction.forgetReports(page.reports)
            return "\(page.reports.map(\.time)), \(floor)"
        }
    }
}
