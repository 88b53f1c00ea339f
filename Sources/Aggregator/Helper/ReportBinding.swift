import PopulusDAP

extension StoreTransaction {
    /// Binds a job's reports to their places, before anything is computed from them (rule 1); what has another place
    /// is refused, and so is what may have been forgotten here.
    ///
    /// - Parameters:
    ///   - body: what is kept of the report of a place, where the store keeps that.
    ///   - refusal: why a report is not bound at all.
    func bind(
        _ reports: some Sequence<ReportMetadata>, to job: Int64, keyID: UInt8, keeping body: ((Int) -> [UInt8])? = nil,
        unless refusal: (ReportMetadata) throws -> ReportError?
    ) throws -> Refusals {
        var refusals = Refusals()
        let first = try forgottenBefore()
        var page: [ReportToBind] = []
        func bindPage() throws {
            for (report, isBound) in zip(page, try bindReports(page, job: job, keyID: keyID)) where !isBound {
                refusals[report.ordinal] = .reportReplayed
            }
            page.removeAll(keepingCapacity: true)
        }
        for (place, report) in reports.enumerated() {
            if let error = try refusal(report) ?? (report.time.units < first ? .reportDropped : nil) {
                refusals[place] = error
                continue
            }
            page.append(
                ReportToBind(report.reportID, time: report.time.units, ordinal: place, body: body?(place)))
            if page.count == greatestBindingPage { try bindPage() }
        }
        if !page.isEmpty { try bindPage() }
        return refusals
    }
}

/// Reports that are bound together: copies of so many bodies are in memory at once.
private let greatestBindingPage = 1024
