import PopulusDAP

extension HelperStrategy {
    /// Puts a new job off that has reports which are too early only because the clocks differ.
    ///
    /// Refused here they would be lost, as the Leader has bound them. It leaves out what it knows to be too early; so this clock
    /// was set back since it asked, and it hears of that in this answer. A Leader that names a wrong time can put its own jobs
    /// off, and nothing else.
    ///
    /// - Throws: `AggregatorError.clocksDiffer`; nothing has changed then.
    func putOffTooEarly(_ reports: some Sequence<ReportMetadata>, now: UInt64) throws(AggregatorError) {
        guard let leaderClock, let ahead = leaderClock.ahead, ahead > 0 else { return }
        let opener = ShareOpener(task: task, settings: settings)
        let (theirs, overflow) = now.addingReportingOverflow(UInt64(ahead))
        guard !overflow else { return }
        let isLost = reports.contains { report in
            opener.refusal(of: report, now: now) == .reportTooEarly
                && opener.refusal(of: report, now: theirs) != .reportTooEarly
        }
        guard isLost else { return }
        throw .clocksDiffer(
            detail: "A report's time lies ahead of the Helper's clock, and not of the Leader's: "
                + "\(ClockDifference(helperAhead: -ahead).words). Nothing was stored; set the wrong one right.")
    }
}
