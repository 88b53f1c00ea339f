import Aggregator
import PopulusDAP

extension BrokenTransaction {
    func insertReports(_ uploads: [NewUpload], in queue: UploadQueue) throws -> [UploadOutcome] {
        let outcomes = try uploads.map { try insert($0.id, time: $0.time, body: $0.body, in: queue) }
        return fault == .shuffleOutcomes ? outcomes.reversed() : outcomes
    }

    private func insert(_ id: ReportID, time: UInt64, body: [UInt8], in queue: UploadQueue) throws -> UploadOutcome {
        var (time, queue) = (time, queue)
        if fault == .replayOthers,
            try inNeighbour({ try $0.reportBodies(rows: .all, in: .all, limit: .max).contains { $0.id == id } }) == true
        {
            return .replayed
        }
        let last = try reading { try $0.walks().last { !$0.buckets.isEmpty } }
        switch (fault, queue) {
        case (.acceptLate, .byTime): queue = .unselected
        case (.acceptLate, .open): if let last { (time, queue) = (last.buckets.lowerBound, .unselected) }
        case (.loseLate, .open): if last != nil { (time, queue) = (1000, .unselected) }
        default: break
        }
        let outcome = try writing { [time, queue] in
            try $0.insertReports([NewUpload(id, time: time, body: body)], in: queue)[0]
        }
        guard outcome == .replayed else { return outcome }
        if fault == .acceptReplays || fault == .forgetErasedIDs && store.memory.hasForgotten(id) { return .stored }
        return outcome
    }

    func lastReportRow() throws -> Int64 {
        if fault == .reuseRows { return try reading { try $0.rowSpan(of: .all)?.upperBound ?? 0 } }
        return try reading { try $0.lastReportRow() }
    }

    func remainingUploads(in buckets: Range<UInt64>, isBound: Bool) throws -> (count: UInt64, oldest: UInt64?) {
        try reading { try $0.remainingUploads(in: buckets, isBound: isBound) }
    }

    func countReports(in buckets: Range<UInt64>) throws -> Int { try reading { try $0.countReports(in: buckets) } }

    func rowSpan(of buckets: Range<UInt64>) throws -> ClosedRange<Int64>? {
        try reading { try $0.rowSpan(of: buckets) }
    }

    func forEachReport(
        rows: ClosedRange<Int64>, in buckets: Range<UInt64>, _ body: (_ row: Int64, _ bytes: Int) throws -> Void
    ) throws {
        let found = try reading { transaction in
            var found: [(Int64, Int)] = []
            try transaction.forEachReport(rows: rows, in: buckets) { found.append(($0, $1)) }
            return found
        }
        for (row, bytes) in found { try body(row, bytes) }
    }

    func reportBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, limit: Int) throws -> [StoredReport] {
        try reading { try $0.reportBodies(rows: rows, in: buckets, limit: limit) }
    }

    func postponeReports(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, from first: UInt64) throws -> Int {
        switch fault {
        case .postponeNothing: 0
        case .ignoreRows: try writing { try $0.postponeReports(in: buckets, from: first) }
        default: try writing { try $0.postponeReports(rows: rows, in: buckets, from: first) }
        }
    }

    func eraseBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, isBound: Bool) throws {
        elsewhere(.eraseOthers) { try $0.eraseBodies(in: buckets) }
        let rows = fault == .ignoreRows ? .all : rows
        let isBound = isBound || fault == .eraseBound
        try erase(try reportBodies(rows: rows, in: buckets, limit: .max)) {
            try $0.eraseBodies(rows: rows, in: buckets, isBound: isBound)
        }
    }

    func eraseUploads(job row: Int64) throws {
        elsewhere(.eraseOthers) { try $0.eraseBodies(in: .all) }
        try erase(try uploads(job: row)) { try $0.eraseUploads(job: row) }
    }

    private func erase(
        _ uploads: [StoredReport], _ body: @escaping @Sendable (any StoreTransaction) throws -> Void
    ) throws {
        if fault == .keepUploads || fault == .keepErased { return }
        if fault == .forgetErasedIDs { store.memory.forget(uploads.compactMap(\.id)) }
        try writing(body)
        guard fault == .releaseOnErase else { return }
        for job in someJobs { _ = try writing { try $0.releaseReports(job: job, attemptsBelow: .max) } }
    }

    func uploads(job row: Int64) throws -> [StoredReport] { try reading { try $0.uploads(job: row) } }

    func waitingReports(
        times: Range<UInt64>, throughRow last: Int64, keys: Set<UInt8>?, limit: Int
    ) throws -> [WaitingReport] {
        try reading { try $0.waitingReports(times: times, throughRow: last, keys: keys, limit: limit) }
    }

    func countWaitingReports(forKeysBeside keys: Set<UInt8>) throws -> Int {
        try reading { try $0.countWaitingReports(forKeysBeside: keys) }
    }

    func countWaitingReports(times: Range<UInt64>, throughRow last: Int64, limit: Int) throws -> Int {
        try reading { try $0.countWaitingReports(times: times, throughRow: last, limit: limit) }
    }
}

extension StoredReport {
    /// What its bytes begin with.
    var id: ReportID? { ReportID(bytes: Array(body.prefix(ReportID.byteCount))) }
}
