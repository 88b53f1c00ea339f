import PopulusDAP

extension TaskNewCommand {
    /// What the task's owner should know before anybody reports: a task cannot be changed afterwards.
    func warnings(_ configuration: TaskConfiguration) throws -> [String] {
        var warnings: [String] = []
        if minBatchSize < 10 {
            warnings.append(
                "a batch of \(counted(minBatchSize, "report")) says much of each; with --min-batch-size from 10 up, and "
                    + "better far more, a report is one of many")
        }
        warnings += scheme.warnings + privacy.warnings(minBatchSize: minBatchSize)
        if let bounds = try configuration.walkExtension(.provisional), let bits = scheme.stringBits,
            let encoding = scheme.stringEncoding
        {
            warnings += walk.warnings(bounds, bits: bits, encoding: encoding, minBatchSize: minBatchSize)
            if let warning = lateRejectionWarning(bounds) { warnings.append(warning) }
        }
        if let warning = try sumWarning(configuration) { warnings.append(warning) }
        for url in [leader, helper] where url.isExposed {
            warnings.append("\(url.text) is plain HTTP to another machine; put TLS in front of it and use https")
        }
        if leader.sharesServer(with: helper) {
            warnings.append(
                "both base URLs lead to one server: who runs it sees both shares of every report. Let two parties that do "
                    + "not collude run one aggregator each")
        }
        return warnings
    }

    /// Says how large a batch can become where that is not far from the smallest.
    private func sumWarning(_ configuration: TaskConfiguration) throws -> String? {
        let most = configuration.vdaf.greatestReportCount(with: try batchNoise())
        guard most / 1000 < minBatchSize else { return nil }
        let rest =
            batchMode == .leaderSelected
            ? "further ones go into the next batch" : "an interval with more cannot be collected as a whole"
        let greatest = configuration.vdaf.greatestAddend
        return "--max \(greatest) is so great that only \(most) measurements have a sum: \(rest)"
    }

    /// Says so where a single report that turns bad late ends a walk over the least batch.
    private func lateRejectionWarning(_ bounds: WalkTaskExtension) -> String? {
        guard bounds.lateRejectionLimit(initialCount: minBatchSize) == 0 else { return nil }
        let one = Share(partsPerMillion: UInt32(min(1_000_000, (999_999 + minBatchSize) / minBatchSize)))
        let larger = bounds.leastCountWithLateRejection.map { ", or batches of \($0) reports" } ?? ""
        return "\(Share(partsPerMillion: bounds.maxLateRejectionsPPM)) of a least batch of "
            + "\(counted(minBatchSize, "report")) is no late rejection at all: "
            + "one report that turns bad after a walk's first step ends the walk, and its batch is spent; "
            + "--max-late-rejections \(one)\(larger) would allow one"
    }
}
