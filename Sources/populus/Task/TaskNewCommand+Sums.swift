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
}
