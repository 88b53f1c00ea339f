import Aggregator
import PopulusDAP

extension BrokenTransaction {
    func bindReports(rows: [Int64], job: Int64, keyID: UInt8) throws {
        do {
            try writing { try $0.bindReports(rows: rows, job: job, keyID: keyID) }
        } catch {
            switch fault {
            case .bindTwice, .exchangeKeys: return
            case .overwriteBindings:
                let bodies = try reading { try $0.reportBodies(rows: .all, in: .all, limit: .max) }
                for body in bodies where rows.contains(body.row) { try body.id.map(takeAway) }
                try writing { try $0.bindReports(rows: rows, job: job, keyID: keyID) }
            default: throw error
            }
        }
    }

    func bindReports(_ reports: [ReportToBind], job: Int64, keyID: UInt8) throws -> [Bool] {
        let isBound = try reports.map { report in
            let body = fault == .keepNothing ? nil : report.body
            return try bind(
                ReportToBind(report.id, time: report.time, ordinal: report.ordinal, body: body), job: job, keyID: keyID)
        }
        return fault == .shuffleOutcomes ? isBound.reversed() : isBound
    }

    private func bind(_ report: ReportToBind, job: Int64, keyID: UInt8) throws -> Bool {
        let (id, jobs) = (report.id, someJobs)
        if fault == .bindOthers, try isBoundInNeighbour(id) {
            return false
        }
        let bind: @Sendable (any StoreTransaction) throws -> Bool = {
            try $0.bindReports([report], job: job, keyID: keyID)[0]
        }
        if try writing(bind) { return true }
        switch fault {
        case .bindTwice: return true
        case .overwriteBindings:
            try takeAway(id)
            return try writing(bind)
        case .forgetKeys: return try reading { try $0.holder(of: id, among: jobs) == nil }
        default: return false
        }
    }

    func keptBodies(job: Int64, from ordinal: Int, limit: Int) throws -> [KeptBody] {
        let first = fault == .readPagesAnew ? 0 : ordinal
        return try reading { try $0.keptBodies(job: job, from: first, limit: limit) }
    }

    func shardsToErase() throws -> [Int64] {
        let jobs = someJobs
        return switch fault {
        case .forgetShards: []
        case .eraseRunningShards:
            try reading { transaction in
                try jobs.filter { try !transaction.keptBodies(job: $0, from: 0, limit: 1).isEmpty }
            }
        default: try reading { try $0.shardsToErase() }
        }
    }

    private func isBoundInNeighbour(_ id: ReportID) throws -> Bool {
        guard let neighbour = store.neighbour else { return false }
        let jobs = BrokenStore.someJobs(of: neighbour)
        return try neighbour.blockingRead { try $0.holder(of: id, among: jobs) != nil }
    }

    /// Takes a report from the job that has it.
    private func takeAway(_ id: ReportID) throws {
        let jobs = someJobs
        guard let job = try reading({ try $0.holder(of: id, among: jobs) }) else { return }
        try writing { try $0.releaseReports(job: job, ids: [id]) }
    }

    func boundReports(job: Int64) throws -> [BoundReport] { try reading { try $0.boundReports(job: job) } }

    func attempts(job row: Int64) throws -> Int? { try reading { try $0.attempts(job: row) } }

    func releaseReports(job row: Int64, attemptsBelow limit: Int) throws -> Int {
        let limit = fault == .releaseMore ? Int.max : limit
        return try writing { try $0.releaseReports(job: row, attemptsBelow: limit) }
    }

    func releaseReports(job row: Int64, ids: [ReportID]) throws {
        try writing { try $0.releaseReports(job: row, ids: ids) }
        if fault == .releaseMore { _ = try writing { try $0.releaseReports(job: row, attemptsBelow: .max) } }
    }

    func addCount(_ error: ReportError, at point: RejectionPoint, _ count: Int, in walk: WalkID?) throws {
        let walk = fault == .showEarly ? nil : walk
        try writing { try $0.addCount(error, at: point, count, in: walk) }
    }

    func reportCounts() throws -> [ReportCount] { try reading { try $0.reportCounts() } }

    func addRejected(_ reports: RejectedReports, of subject: RejectionSubject) throws {
        // Whoever forgets the party says that the Leader found it.
        let party = fault == .forgetParty ? .leader : reports.party
        let kept = RejectedReports(party: party, reason: reports.reason, count: reports.count)
        try writing { try $0.addRejected(kept, of: subject) }
    }

    func rejectedReports(of subjects: ClosedRange<RejectionSubject>) throws -> [RejectedReports]? {
        let all = RejectionSubject(BatchBucketKey(bytes: []))...RejectionSubject(BatchBucketKey(UInt64.max))
        let subjects = fault == .mixRejected ? all : subjects
        return try reading { try $0.rejectedReports(of: subjects) }
    }
}

extension StoreTransaction {
    /// The job that has a report.
    fileprivate func holder(of id: ReportID, among jobs: Range<Int64>) throws -> Int64? {
        try jobs.first { job in try boundReports(job: job).contains { $0.id == id } }
    }
}
