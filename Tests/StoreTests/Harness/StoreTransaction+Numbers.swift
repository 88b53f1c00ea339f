import Aggregator
import PopulusDAP

extension StoreTransaction {
    /// The bytes of a numbered report, which begin with its ID as every report's do.
    func body(_ number: Int, _ rest: [UInt8]? = nil) -> [UInt8] {
        ReportID(number).bytes + (rest ?? Array("report \(number)".utf8))
    }

    /// Uploads a numbered report, by default of the time of that number.
    @discardableResult
    func upload(
        _ number: Int, time: UInt64? = nil, in queue: UploadQueue = .byTime, body: [UInt8]? = nil
    ) throws -> UploadOutcome {
        try insertReports([new(number, time: time, body: body)], in: queue)[0]
    }

    /// A numbered report that is to be uploaded, by default of the time of that number.
    func new(_ number: Int, time: UInt64? = nil, body: [UInt8]? = nil) -> NewUpload {
        NewUpload(ReportID(number), time: time ?? UInt64(number), body: self.body(number, body))
    }

    /// The uploads of some buckets as texts, by row.
    func texts(in buckets: Range<UInt64>, rows: ClosedRange<Int64> = .all) throws -> [String] {
        try reportBodies(rows: rows, in: buckets, limit: .max).map(\.text)
    }

    /// The row of the upload with these bytes.
    func row(of number: Int) throws -> Int64 {
        let wanted = body(number)
        guard let found = try reportBodies(rows: .all, in: .all, limit: .max).first(where: { $0.body == wanted }) else {
            throw Missing(what: "report \(number)")
        }
        return found.row
    }

    /// The row of a numbered shard or job of a batch.
    func jobRow(_ number: Int) throws -> Int64 {
        let id = AggregationJobID(number)
        if let job = try shard(id: id) { return job.row }
        if let job = try batchJob(id: id) { return job.row }
        throw Missing(what: "job \(number)")
    }

    /// Binds a numbered report that was not uploaded, as a Helper does.
    @discardableResult
    func bind(_ number: Int, to job: Int64, at ordinal: Int = 0, key: UInt8 = 7) throws -> Bool {
        try bindReports([.numbered(number, at: ordinal)], job: job, keyID: key)[0]
    }

    /// The walk of a number.
    func walk(_ number: Int) throws -> WalkRecord {
        guard let walk = try walk(WalkID(number)) else { throw Missing(what: "walk \(number)") }
        return walk
    }

    /// Erases all uploads of some buckets.
    func eraseBodies(in buckets: Range<UInt64>) throws { try eraseBodies(rows: .all, in: buckets) }

    /// Puts off uploads of some buckets, whatever their rows.
    func postponeReports(in buckets: Range<UInt64>, from first: UInt64) throws -> Int {
        try postponeReports(rows: .all, in: buckets, from: first)
    }

    /// Ends a walk, and no more than that.
    func end(_ number: Int, _ reason: WalkEnd = .abandoned) throws {
        var walk = try walk(number)
        walk.end = reason
        try updateWalk(walk)
    }

    /// Freezes the batch that a walk would have now.
    @discardableResult
    func freezeWhatIsFree(as number: Int) throws -> Bool { try freeze(.selected(number, try freeBuckets())) }
}

extension ReportToBind {
    /// A numbered report that was not uploaded.
    static func numbered(_ number: Int, at ordinal: Int, body: [UInt8]? = nil) -> ReportToBind {
        ReportToBind(ReportID(number), time: UInt64(number), ordinal: ordinal, body: body)
    }
}

extension StoredReport {
    /// What follows its ID.
    var text: String { String(decoding: body.dropFirst(ReportID.byteCount), as: UTF8.self) }
}

/// What a check needs and the store does not have.
struct Missing: Error, CustomStringConvertible {
    let what: String

    var description: String { "\(what) is missing" }
}

/// A failure that a check makes itself.
struct Trouble: Error, Equatable {}
