import Aggregator

// MARK: - What is forgotten

extension BrokenTransaction {
    func forgottenBefore() throws -> UInt64 { fault == .loseFloor ? 0 : try reading { try $0.forgottenBefore() } }

    func expiredReports(before end: UInt64, after last: ExpiredPage.End?, limit: Int) throws -> ExpiredPage {
        let found = try reading { try $0.expiredReports(before: end, after: last, limit: limit) }
        guard fault == .forgetRunning else { return found }
        // What is bound is needed by whoever has bound it.
        let bound = try someJobs.flatMap { job in try reading { try $0.boundReports(job: job) } }
        let more = bound.filter { $0.time < end }.map { ExpiredReport(row: 0, time: $0.time, waits: false) }
        return ExpiredPage(found.reports + more, end: found.end)
    }

    func forgetReports(_ reports: [ExpiredReport]) throws {
        if fault == .forgetNothing { return }
        elsewhere(.forgetOthers) { transaction in
            try transaction.forgetReports(try transaction.expiredReports(before: 9, after: nil, limit: 9).reports)
        }
        try writing { try $0.forgetReports(reports) }
    }

    func returnForgottenRoom() throws { try writing { try $0.returnForgottenRoom() } }

    func expiredResources(before time: UInt64, limit: Int) throws -> [ResourceID] {
        let time = fault == .discardEarly ? UInt64.max : time
        return try reading { try $0.expiredResources(before: time, limit: limit) }
    }
}
