import PopulusDAP
import PopulusSchemes

extension TaskprovLimits {
    /// Sees whether a task may be taken up, but for how many there are.
    ///
    /// - Parameter now: seconds since the Epoch.
    ///
    /// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3.5
    package func check(_ task: TaskConfiguration, at now: UInt64) throws(TaskprovRefusal) {
        guard task.unsupportedExtensions(walk: .provisional).isEmpty else { throw .notImplemented }
        try checkTime(of: task, now)
        guard task.minBatchSize >= minBatchSize else { throw .smallBatches(least: minBatchSize) }
        let scheme = task.vdaf.scheme
        guard scheme.countsStrings else {
            guard vdafs.contains(scheme.name) else { throw .vdaf(scheme.name) }
            guard task.vdaf.values[.length] <= maxLength else { throw .tooLarge(most: maxLength) }
            try checkWork(for: task.vdaf)
            return try checkNoise(of: task)
        }
        let found: WalkTaskExtension?
        do throws(WalkExtensionError) { found = try task.checkedWalkExtension() } catch {
            throw .other("its walks: \(error)")
        }
        guard let bounds = found else { throw .plainPoplar1 }
        guard let walks else { throw .noWalks }
        try walks.check(bounds, bits: task.vdaf.values[.bits], precision: task.timePrecision)
        let promise = bounds.guarantee
        try checkNoise(epsilon: promise?.epsilon, delta: promise?.delta)
    }

    /// Bounds the work for a report, which need not show in its length: proofs of many elements come as a seed.
    private func checkWork(for vdaf: VdafConfiguration) throws(TaskprovRefusal) {
        let elements = vdaf.measurementElements
        guard elements <= maxElements else { throw .tooManyElements(most: maxElements) }
        guard vdaf.values[.chunkLength] <= elements else { throw .longChunks(most: elements) }
    }

    private func checkTime(of task: TaskConfiguration, _ now: UInt64) throws(TaskprovRefusal) {
        guard task.timePrecision.seconds <= maxTimePrecision else { throw .coarseTime(most: maxTimePrecision) }
        // What does not decode is no configuration, and has not come this far.
        guard let interval = (try? task.taskInterval) ?? nil, interval.isWellFormed, let end = interval.end else {
            throw .endless
        }
        let seconds = end.secondsSinceEpoch(precision: task.timePrecision)
        guard seconds > now else { throw .ended }
        guard seconds - now <= maxLifetime else { throw .tooLong(most: maxLifetime) }
    }

    private func checkNoise(of task: TaskConfiguration) throws(TaskprovRefusal) {
        let noise: BatchNoise?
        do throws(BatchNoiseError) { noise = try task.batchNoise() } catch {
            throw .other("its noise: \(error)")
        }
        let promise = noise?.guarantee(for: task.vdaf)
        try checkNoise(epsilon: promise?.epsilon, delta: promise?.delta)
    }

    /// What the task promises for each report: nothing without noise.
    private func checkNoise(epsilon: Double?, delta: Double?) throws(TaskprovRefusal) {
        guard let maxEpsilon else { return }
        // Beyond the least of digits: a task that was made for just this epsilon is taken.
        guard let epsilon, let delta, epsilon <= maxEpsilon * (1 + 1e-9), delta <= maxDelta * (1 + 1e-9) else {
            throw .noise
        }
    }
}

extension TaskprovLimits.WalkLimits {
    func check(
        _ bounds: WalkTaskExtension, bits: UInt64, precision: TimePrecision
    ) throws(TaskprovRefusal) {
        guard bounds.minThreshold - bounds.thresholdMargin >= minThreshold else {
            throw .walk("min_threshold less threshold_margin is below \(minThreshold)")
        }
        let most: [(String, UInt64, UInt64)] = [
            ("bits", bits, maxBits), ("max_steps", UInt64(bounds.maxSteps), maxSteps),
            ("max_candidates", UInt64(bounds.maxCandidates), maxCandidates),
            ("max_bits_per_step", UInt64(bounds.maxBitsPerStep), maxBitsPerStep),
            ("max_late_rejections_ppm", UInt64(bounds.maxLateRejectionsPPM), maxLateRejectionsPPM),
            ("max_life", bounds.maxLife.seconds(precision: precision), maxLife),
        ]
        for (name, value, limit) in most where value > limit { throw .walk("\(name) is above \(limit)") }
    }
}
