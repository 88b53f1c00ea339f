import Aggregator
import PopulusDAP

/// Where uploads meet one another, and what becomes of uploads.
extension Race {
    static let ofUploads = [
        Race(
            "uploads of the same IDs, the other way round", scopes: both, prepare: { _ in },
            { try $0.uploads([1, 2, 3, 4]) }, { try $0.uploads([4, 3, 2, 1]) },
            fault: { transaction, outcome in
                let texts = try transaction.texts(in: .all).sorted()
                guard texts == (1...4).map({ "report \($0)" }) else { return "stored: \(texts)" }
                let said = [outcome.first, outcome.second].sorted()
                return said == ["0", "4"] ? nil : "\(said) were stored"
            }),
        Race(
            "uploads that have an ID in common", scopes: both, prepare: { _ in },
            { try $0.uploads([1, 2, 3]) }, { try $0.uploads([3, 4, 5]) },
            fault: { transaction, outcome in
                let count = try transaction.countReports(in: .all)
                let said = [outcome.first, outcome.second].sorted()
                return count == 5 && said == ["2", "3"] ? nil : "\(said) were stored, \(count) are there"
            }),
        Race(
            "uploads of a day that nobody has uploaded for yet", scopes: both, prepare: { _ in },
            { try $0.uploads([1, 2], time: 1_800_000_000) }, { try $0.uploads([3, 4], time: 1_800_000_001) },
            fault: { transaction, outcome in
                let count = try transaction.countReports(in: .all)
                return count == 4 && outcome.first == "2" && outcome.second == "2"
                    ? nil : "\(outcome.first) and \(outcome.second) were stored, \(count) are there"
            }),
        Race(
            "uploads that are turned away", scopes: both, prepare: { _ in },
            { transaction in
                try transaction.addCount(.reportReplayed, at: .upload, 2)
                try transaction.addCount(.reportTooEarly, at: .upload, 3)
                return ""
            },
            { transaction in
                try transaction.addCount(.reportReplayed, at: .upload, 5)
                try transaction.addCount(.reportTooEarly, at: .upload, 7)
                return ""
            },
            fault: { transaction, _ in
                let counts = try transaction.reportCounts().map(\.count).sorted()
                return counts == [7, 10] ? nil : "turned away: \(counts)"
            }),
        Race(
            "an upload and an erasing of its bucket", scopes: [.first: .uploads],
            prepare: { for number in 1...3 { try $0.upload(number) } },
            { try $0.uploads([12], time: 2) },
            { transaction in
                try transaction.eraseBodies(rows: .all, in: 2..<4, isBound: false)
                return "\(try transaction.countReports(in: 2..<4))"
            },
            fault: { transaction, outcome in
                let texts = try transaction.texts(in: 2..<4)
                let isKnown = try transaction.row(of: 1) > 0 && outcome.first == "1" && outcome.second == "0"
                return isKnown && (texts.isEmpty || texts == ["report 12"]) ? nil : "\(outcome.first), \(texts)"
            }),
        Race(
            "an upload that comes again and the forgetting of its ID", scopes: [.first: .uploads],
            prepare: { for number in 1...3 { try $0.upload(number) } },
            { try $0.forgottenBefore() > 2 ? "refused" : try $0.uploads([2]) },
            { try $0.forgetAll(before: 3) },
            fault: { transaction, outcome in
                let texts = try transaction.texts(in: .all)
                return outcome.first != "1" && texts == ["report 3"] ? nil : "\(outcome.first), then \(texts)"
            }),
        Race(
            "a binding and the forgetting of another one's ID",
            prepare: { transaction in
                _ = try transaction.insertJob(BatchJobRecord.numbered(1, phase: .finished))
                _ = try transaction.insertJob(BatchJobRecord.numbered(2))
                try transaction.bind(2, to: try transaction.jobRow(1))
                try transaction.bind(8, to: try transaction.jobRow(1), at: 1)
            },
            { transaction in
                guard try transaction.forgottenBefore() <= 2 else { return "refused" }
                return "\(try transaction.bind(2, to: try transaction.jobRow(2)))"
            },
            { try $0.forgetAll(before: 3) },
            fault: { transaction, outcome in
                let bound = try transaction.boundReports(job: try transaction.jobRow(2)).count
                return outcome.first != "true" && bound == 0 ? nil : "\(outcome.first), and \(bound) are bound"
            }),
        Race(
            "an upload and a job that takes what waits", scopes: [.first: .uploads],
            prepare: { transaction in
                for number in 1...2 { try transaction.upload(number) }
                _ = try transaction.insertJob(BatchJobRecord.numbered(1))
            },
            { try $0.uploads([3]) },
            { transaction in
                let rows = try transaction.waitingReports(times: .all, limit: .max).map(\.row)
                try transaction.bindReports(rows: rows, job: try transaction.jobRow(1), keyID: 7)
                return "\(rows.count)"
            },
            fault: { transaction, outcome in
                let bound = try transaction.boundReports(job: try transaction.jobRow(1)).count
                let waiting = try transaction.waitingReports(times: .all, limit: .max).count
                return outcome.second == "\(bound)" && bound + waiting == 3 && outcome.first == "1"
                    ? nil : "\(bound) are bound, \(waiting) wait"
            }),
        Race(
            "a job that binds reports, and the walk's end that erases them", prepare: keptShard,
            { transaction in
                guard let job = try transaction.shard(id: AggregationJobID(1)), job.phase == .bound else {
                    return "ended"
                }
                return "\(try transaction.bindReports([.numbered(6, at: 1, body: [6])], job: job.row, keyID: 7))"
            },
            { transaction in
                guard var job = try transaction.shard(id: AggregationJobID(1)) else { return "missing" }
                (job.phase, job.sum) = (.finished, [])
                try transaction.updateJob(job)
                try transaction.eraseUploads(job: job.row)
                return ""
            },
            fault: { transaction, outcome in
                let row = try transaction.jobRow(1)
                let kept = try transaction.keptBodies(job: row, from: 0, limit: 9).count
                let bound = try transaction.boundReports(job: row).count
                return kept == 0 && bound == (outcome.first == "ended" ? 1 : 2)
                    ? nil : "\(bound) are bound, and of \(kept) there is the body: \(outcome.first)"
            }),
    ]

    private static let both: [Rendezvous.Side: WriteScope] = [.first: .uploads, .second: .uploads]

    /// A Helper's shard with one report, whose share it keeps where it may be needed again.
    private static let keptShard: @Sendable (any StoreTransaction) throws -> Void = { transaction in
        try transaction.insertWalk(.plain(1))
        let row = try transaction.insertJob(ShardRecord.numbered(1, of: 1, phase: .bound))
        _ = try transaction.bindReports([.numbered(5, at: 0, body: [5])], job: row, keyID: 7)
    }
}

extension StoreTransaction {
    /// Forgets what may be forgotten, and says how much that was.
    fileprivate func forgetAll(before end: UInt64) throws -> String {
        let reports = try expiredReports(before: end, after: nil, limit: 9).reports
        try forgetReports(reports)
        return "\(reports.count)"
    }

    /// Uploads several at once, and says how many were new.
    fileprivate func uploads(_ numbers: [Int], time: UInt64? = nil) throws -> String {
        let outcomes = try insertReports(numbers.map { new($0, time: time) }, in: .byTime)
        return "\(outcomes.count { $0 == .stored })"
    }
}
