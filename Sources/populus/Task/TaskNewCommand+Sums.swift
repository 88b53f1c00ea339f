import ArgumentParser
import PopulusDAP
import PopulusSchemes

extension TaskNewCommand {
    /// The noise of a task without walks that promises something.
    ///
    /// - Throws: `ValidationError` where it would be too much noise.
    func batchNoise() throws -> BatchNoise? {
        guard let promise = privacy.promise, !scheme.hasWalks else { return nil }
        let vdaf = try scheme.configuration()
        let noise = BatchNoise(epsilon: promise.epsilon, inverseDelta: promise.inverseDelta, vdaf: vdaf)
        guard let noise else {
            let instead = vdaf.greatestAddend > 1 ? "a smaller --max" : nil
            throw promise.tooMuchNoise(least: BatchNoise.leastCost(vdaf), instead: instead)
        }
        return noise
    }

    /// Refuses a task whose smallest batch could have a sum beyond the scheme's field.
    func checkSums() throws {
        let vdaf = try scheme.configuration()
        let noise = try batchNoise()
        guard vdaf.greatestReportCount(with: noise) < minBatchSize else { return }
        let most =
            noise.map { vdaf.greatestMaximum(forReports: minBatchSize, noise: $0.reach) }
            ?? vdaf.greatestMaximum(forReports: minBatchSize)
        throw ValidationError(
            "--max \(vdaf.greatestAddend): the sum of \(counted(minBatchSize, "measurement")), the smallest batch, could be "
                + "beyond the scheme's field\(noise == nil ? "" : " with the noise"), and would be another number; give --max "
                + "\(most) or less, or a smaller --min-batch-size")
    }
}
