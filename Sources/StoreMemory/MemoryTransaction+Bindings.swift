import Aggregator
import PopulusDAP

/// Which job has which report (rule 1), and what reports were turned away for.
extension MemoryTransaction {
    func bindReports(rows: [Int64], job: Int64, keyID: UInt8) throws {
        try change(marking: true) { tables in
            for (ordinal, row) in rows.enumerated() {
                guard let place = place(row, in: tables.reports.count),
                    tables.reports[place].bind(to: job, ordinal, keyID)
                else { throw StoreError.damaged("report row \(row) is bound elsewhere, or to another key") }
            }
        }
    }

    func bindReports(_ reports: [ReportToBind], job: Int64, keyID: UInt8) throws -> [Bool] {
        try change(marking: true) { tables in
            reports.map { bind($0, job: job, keyID: keyID, in: &tables) }
        }
    }

    private func bind(_ wanted: ReportToBind, job: Int64, keyID: UInt8, in tables: inout MemoryTables) -> Bool {
        let body = keepsBodies ? wanted.body : nil
        if let place = tables.places[wanted.id] {
            guard tables.reports[place].time == wanted.time else { return false }
            let isFree = tables.reports[place].binding == nil
            guard tables.reports[place].bind(to: job, wanted.ordinal, keyID) else { return false }
            if isFree, let body { tables.reports[place].body = body }
            return true
        }
        var report = MemoryReport(id: wanted.id, time: wanted.time, bucket: wanted.time, body: body)
        report.binding = MemoryReport.Binding(job: job, ordinal: wanted.ordinal)
        report.keyID = keyID
        tables.places[wanted.id] = tables.reports.count
        tables.reports.append(report)
        return true
    }

    func boundReports(job: Int64) throws -> [BoundReport] {
        bound(to: job).compactMap { place in
            let report = tables.reports[place]
            return report.binding.map { BoundReport(ordinal: $0.ordinal, id: report.id, time: report.time) }
        }
    }

    func attempts(job row: Int64) throws -> Int? { bound(to: row).map { tables.reports[$0].attempts }.max() }

    func releaseReports(job row: Int64, attemptsBelow limit: Int) throws -> Int {
        let places = bound(to: row).filter { tables.reports[$0].attempts < limit }
        return try change { tables in
            for place in places {
                tables.reports[place].binding = nil
                tables.reports[place].attempts += 1
            }
            return places.count
        }
    }

    func releaseReports(job row: Int64, ids: [ReportID]) throws {
        try change { tables in
            for id in ids {
                guard let place = tables.places[id], tables.reports[place].binding?.job == row else {
                    throw StoreError.damaged("a report of a job is bound elsewhere")
                }
                tables.reports[place].binding = nil
            }
        }
    }

    // MARK: Counts

    func addCount(_ error: ReportError, at point: RejectionPoint, _ count: Int, in walk: WalkID?) throws {
        guard count > 0 else { return }
        try change { $0.rejections[Rejection(walk: walk, error: error, point: point), default: 0] += UInt64(count) }
    }

    func reportCounts() throws -> [ReportCount] {
        var counts: [Rejection: UInt64] = [:]
        for (rejection, count) in tables.rejections {
            if let walk = rejection.walk.flatMap({ tables.walks[$0] }), walk.end == nil { continue }
            counts[Rejection(walk: nil, error: rejection.error, point: rejection.point), default: 0] += count
        }
        return counts.map { ReportCount(error: $0.key.error, point: $0.key.point, count: $0.value) }
            .sorted { order($0) < order($1) }
    }

    func addRejected(_ reports: RejectedReports, of subject: RejectionSubject) throws {
        guard reports.count > 0 else { return }
        let key = RejectedOfSubject(subject: subject, party: reports.party, reason: reports.reason)
        try change { $0.rejected[key, default: 0] += reports.count }
    }

    /// Every one was counted: no store in memory is of an earlier version.
    func rejectedReports(of subjects: ClosedRange<RejectionSubject>) throws -> [RejectedReports]? {
        var counts: [RejectedOfSubject: UInt64] = [:]
        for (rejected, count) in tables.rejected where subjects.contains(rejected.subject) {
            let key = RejectedOfSubject(
                subject: subjects.lowerBound, party: rejected.party, reason: rejected.reason)
            counts[key, default: 0] += count
        }
        return counts.map { RejectedReports(party: $0.key.party, reason: $0.key.reason, count: $0.value) }
            .sorted(by: RejectedReports.precedes)
    }

    /// By where they were turned away, then by the reason.
    private func order(_ count: ReportCount) -> (String, UInt16, Int, UInt8) {
        switch count.point {
        case .upload: ("upload", 0, 0, count.error.rawValue)
        case .opening: ("opening", 0, 0, count.error.rawValue)
        case .deletion: ("deletion", 0, 0, count.error.rawValue)
        case .verification(let step, let level): ("verification", step, level, count.error.rawValue)
        }
    }
}

extension MemoryReport {
    /// Binds it, if it is not bound or just so, and only to the key that it had before.
    fileprivate mutating func bind(to job: Int64, _ ordinal: Int, _ keyID: UInt8) -> Bool {
        let wanted = Binding(job: job, ordinal: ordinal)
        if let known = self.keyID, known != keyID { return false }
        if let binding { return binding == wanted }
        (binding, self.keyID) = (wanted, keyID)
        return true
    }
}
