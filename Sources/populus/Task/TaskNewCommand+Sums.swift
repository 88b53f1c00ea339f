import ArgumentParser
import DAP

extension TaskNewCommand {
    /// Refuses a task whose smallest batch could have a sum beyond the scheme's field.
    func checkSums() throws {
        let vdaf = try scheme.configuration()
        guard vdaf.greatestReportCount < minBatchSize else { return }
        throw ValidationError(
            "--max \(vdaf.greatestAddend): the sum of \(counted(minBatchSize, "measurement")), the smallest batch, could be "
                + "beyond the scheme's field, and would be another number; give --max "
                + "\(vdaf.greatestMaximum(forReports: minBatchSize)) or less, or a smaller --min-batch-size")
    }

    /// Says how large a batch can become where that is not far from the smallest.
    func sumWarning(_ files: TaskFileSet) -> String? {
        let most = files.configuration.vdaf.greatestReportCount
        guard most / 1000 < minBatchSize else { return nil }
        let rest =
            batchMode == .leaderSelected
            ? "further ones go into the next batch" : "an interval with more cannot be collected as a whole"
        return "--max \(files.configuration.vdaf.greatestAddend) is so great that only \(most) measurements have a sum: "
            + rest
    }
}
