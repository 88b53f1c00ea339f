import DAP

extension StoreTransaction {
    /// Binds a job's reports to their places, before anything is computed from them (rule 1); what has another place
    /// is refused.
    ///
    /// - Parameter refusal: why a report is not bound at all.
    func bind(
        _ reports: some Sequence<ReportMetadata>, to job: Int64, keyID: UInt8,
        unless refusal: (ReportMetadata) throws -> ReportError?
    ) throws -> Refusals {
        var refusals = Refusals()
        for (place, report) in reports.enumerated() {
            if let error = try refusal(report) {
                refusals[place] = error
            } else if try !bindReport(
                report.reportID, time: report.time.units, job: job, ordinal: place, keyID: keyID)
            {
                refusals[place] = .reportReplayed
            }
        }
        return refusals
    }
}
