import Aggregator
import Foundation
import PopulusDAP

/// A store of two tasks: many uploads wait in one, the other one goes on taking them.
struct WaitingBatch: Sendable {
    enum Kind: String, CaseIterable {
        case timed = "by time"
        case selected = "selected by the Leader"

        var queue: UploadQueue { self == .timed ? .byTime : .open }
    }

    private let kind: Kind
    private let datastore: any Datastore
    private let task: any TaskStore
    let other: any TaskStore

    /// Times of the reports.
    private static let times: Range<UInt64> = 0..<3600
    private static let walk = WalkID.random()
    /// Reports that are stored together.
    private static let group = 10_000

    init(_ kind: Kind, in store: MeasuredStore) throws {
        self.kind = kind
        let tasks = [TaskID.random(), .random()]
        datastore = try store.open(tasks)
        task = try datastore.open(tasks[0], configurationDigest: MeasuredStore.digest, uploads: kind.queue)
        other = try datastore.open(tasks[1], configurationDigest: MeasuredStore.digest, uploads: .open)
    }

    func close() throws { try datastore.close() }

    /// Uploads reports as small as can be.
    func fill(_ count: Int) async throws {
        let queue = kind.queue
        for first in stride(from: 0, to: count, by: Self.group) {
            try await task.write("fill") { transaction in
                let uploads = (first..<min(first + Self.group, count)).map { number in
                    let id = ReportID.random()
                    return NewUpload(id, time: UInt64(number) % Self.times.upperBound, body: id.bytes + id.bytes)
                }
                _ = try transaction.insertReports(uploads, in: queue)
            }
        }
    }

    /// What a Leader does to the store of a walk's batch, in order.
    var deeds: [(what: String, body: @Sendable () async throws -> Void)] {
        let (kind, task) = (kind, task)
        return [
            (
                "counting",
                { _ = try await task.read("count") { try $0.countReports(in: try Self.walk(kind, in: $0).buckets) } }
            ),
            (
                "freezing",
                {
                    let isFrozen = try await task.write("freeze") { try $0.freeze(try Self.walk(kind, in: $0)) }
                    guard isFrozen else { throw StoreError.damaged("the batch is not frozen") }
                }
            ),
            (
                "cutting into shards",
                {
                    try await task.read("cut") { transaction in
                        let buckets = try Self.frozen(in: transaction).buckets
                        guard let rows = try transaction.rowSpan(of: buckets) else { return }
                        for _ in 0..<2 { try transaction.forEachReport(rows: rows, in: buckets) { _, _ in } }
                    }
                }
            ),
            ("binding a shard", { try await Self.bindShard(in: task) }),
            ("erasing a shard", { try await Self.eraseShard(in: task) }),
            ("putting off a tenth", { if kind == .selected { try await Self.postpone(in: task) } }),
            ("erasing at the end", { try await Self.giveUp(in: task) }),
        ]
    }

    /// The rows of the first reports, as many as a shard has at most.
    private static func shard(in transaction: any StoreTransaction) throws -> [Int64] {
        let buckets = try frozen(in: transaction).buckets
        guard let span = try transaction.rowSpan(of: buckets) else { return [] }
        var rows: [Int64] = []
        try transaction.forEachReport(rows: span, in: buckets) { row, _ in
            if rows.count < AggregatorSettings().greatestShardReports { rows.append(row) }
        }
        return rows
    }

    /// Puts off those of the latest times, page by page.
    private static func postpone(in task: any TaskStore) async throws {
        let (buckets, pages) = try await task.read("pages") { transaction in
            let buckets = try frozen(in: transaction).buckets
            return (buckets, try transaction.pages(in: buckets, limit: page))
        }
        for rows in pages {
            _ = try await task.write("postpone") {
                try $0.postponeReports(rows: rows, in: buckets, from: times.upperBound / 10 * 9)
            }
        }
    }

    private static func bindShard(in task: any TaskStore) async throws {
        let rows = try await task.read("shard") { try shard(in: $0) }
        try await task.write("bind") { transaction in
            let job = try transaction.insertJob(ShardRecord(walk: walk, ordinal: 0, phase: .bound))
            try transaction.bindReports(rows: rows, job: job, keyID: 0)
        }
    }

    private static func eraseShard(in task: any TaskStore) async throws {
        let rows = try await task.read("shard") { try shard(in: $0) }
        guard let first = rows.first, let last = rows.last else { return }
        let (buckets, pages) = try await task.read("pages") { transaction in
            let buckets = try frozen(in: transaction).buckets
            return (buckets, try transaction.pages(rows: first...last, in: buckets, limit: page))
        }
        for rows in pages { try await task.write("erase a shard") { try $0.eraseBodies(rows: rows, in: buckets) } }
    }

    /// Ends the walk, and erases what it has left, page by page.
    private static func giveUp(in task: any TaskStore) async throws {
        try await task.write("give up") { transaction in
            var walk = try frozen(in: transaction)
            walk.end = .abandoned
            try transaction.updateWalk(walk)
        }
        for buckets in try await task.read("left", { try $0.bucketsToErase() }) {
            let pages = try await task.read("pages") { try $0.pages(in: buckets, limit: page) }
            for rows in pages { try await task.write("erase") { try $0.eraseBodies(rows: rows, in: buckets) } }
        }
    }

    /// Uploads that one write touches.
    private static let page = AggregatorSettings().greatestPageUploads

    private static func frozen(in transaction: any StoreTransaction) throws -> WalkRecord {
        guard let walk = try transaction.walk(walk) else { throw StoreError.damaged("the walk is missing") }
        return walk
    }

    /// The walk that would begin now.
    private static func walk(_ kind: Kind, in transaction: any StoreTransaction) throws -> WalkRecord {
        let interval = Interval(
            start: Time(units: times.lowerBound), duration: TimeDuration(units: UInt64(times.count)))
        let selector = kind == .timed ? BatchSelector.timeInterval(interval) : .leaderSelected(.random())
        var walk = WalkRecord(id: walk, batchSelector: selector.encoded(), startedAt: 1, verificationKeyID: 0)
        walk.isFrozen = true
        walk.buckets = kind == .timed ? times : try transaction.freeBuckets()
        walk.interval = kind == .timed ? times : 0..<0
        return walk
    }
}
