import Aggregator
import PopulusDAP

/// What is forgotten.
extension MemoryTransaction {
    func forgottenBefore() throws -> UInt64 { tables.forgottenBefore }

    func expiredReports(before end: UInt64, after last: ExpiredPage.End?, limit: Int) throws -> ExpiredPage {
        let found = tables.reports.indices.map { place in
            (place: place, end: ExpiredPage.End(time: tables.reports[place].time, row: row(place)))
        }
        .filter { place, at in
            guard !tables.reports[place].isForgotten, at.time < end else { return false }
            return last.map { ($0.time, $0.row) < (at.time, at.row) } ?? true
        }
        .sorted { ($0.end.time, $0.end.row) < ($1.end.time, $1.end.row) }.prefix(limit)
        let reports = found.filter { isNotNeeded(tables.reports[$0.place]) }.map {
            let report = tables.reports[$0.place]
            return ExpiredReport(row: $0.end.row, time: report.time, waits: report.body != nil)
        }
        return ExpiredPage(reports, end: found.count < limit ? nil : found.last?.end)
    }

    private func isNotNeeded(_ report: MemoryReport) -> Bool {
        guard let binding = report.binding else {
            return report.body == nil
                || !tables.walks.values.contains { $0.end == nil && $0.buckets.contains(report.bucket) }
        }
        guard report.body == nil else { return false }
        switch place(binding.job, in: tables.jobs.count).map({ tables.jobs[$0] }) {
        case .walk(let job): return tables.walks[job.walk]?.end != nil
        case .batch(let job): return job.phase == .finished || job.phase == .abandoned
        case nil: return true
        }
    }

    func forgetReports(_ reports: [ExpiredReport]) throws {
        guard let latest = reports.map(\.time).max() else { return }
        try change { tables in
            tables.forgottenBefore = max(tables.forgottenBefore, latest + 1)
            for report in reports {
                guard let place = place(report.row, in: tables.reports.count) else { continue }
                tables.places[tables.reports[place].id] = nil
                (tables.reports[place].body, tables.reports[place].binding) = (nil, nil)
                tables.reports[place].isForgotten = true
            }
        }
    }

    func returnForgottenRoom() throws {}

    func expiredResources(before time: UInt64, limit: Int) throws -> [ResourceID] {
        tables.resources.filter { resource in
            guard resource.answeredAt ?? resource.createdAt < time,
                resource.state == .released || resource.state == .failed
            else { return false }
            guard case .step(let walk, _) = resource.subject else { return true }
            return tables.walks[walk]?.end != nil
        }
        .sorted { $0.answeredAt ?? $0.createdAt < $1.answeredAt ?? $1.createdAt }.prefix(limit).map(\.id)
    }
}
