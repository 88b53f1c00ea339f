import PopulusDAP
import PopulusSchemes
import PopulusTaskFiles
import Testing

/// Which tasks that requests bring are taken part in.
@Suite struct TaskprovLimitTests {
    private typealias Sample = TaskprovSample

    private func refusal(
        _ task: TaskConfiguration, _ limits: TaskprovLimits = TaskprovSample.limits
    ) -> TaskprovRefusal? {
        do throws(TaskprovRefusal) { try limits.check(task, at: Sample.now) } catch { return error }
        return nil
    }

    @Test func whatIsWithinIsTaken() throws {
        #expect(refusal(try Sample.task()) == nil)
        #expect(refusal(try Sample.task(vdaf: .prio3Histogram(length: 8, chunkLength: 2))) == nil)
        #expect(refusal(try walk()) == nil)
        // The last second of its life, and the longest life.
        #expect(
            refusal(try Sample.task(precision: 1, extensions: [Sample.interval(seconds: 3601, precision: 1)])) == nil)
        let longest = Sample.interval(start: Sample.now, seconds: 86_400, precision: 1)
        #expect(refusal(try Sample.task(precision: 1, extensions: [longest])) == nil)
    }

    @Test func timesAreBounded() throws {
        func of(_ extensions: [TaskExtension], precision: UInt64 = 1) throws -> TaskprovRefusal? {
            refusal(try Sample.task(precision: precision, extensions: extensions))
        }
        #expect(try of([]) == .endless)
        // A task that ends now has ended: MUST opt out.
        #expect(try of([Sample.interval(seconds: 3600, precision: 1)]) == .ended)
        #expect(try of([Sample.interval(start: Sample.now, seconds: 86_401, precision: 1)]) == .tooLong(most: 86_400))
        #expect(try of([Sample.interval(start: 1 << 62, seconds: 9, precision: 1)]) == .tooLong(most: 86_400))
        // An end that cannot be written is none, and one beyond all seconds is far.
        #expect(try of([Sample.interval(start: .max, seconds: 9, precision: 1)]) == .endless)
        let far = TaskExtension.taskInterval(Interval(start: Time(units: 1), duration: TimeDuration(units: .max - 1)))
        #expect(try of([far], precision: 86_400) == .tooLong(most: 86_400))
        #expect(try of([Sample.interval()], precision: 86_401) == .coarseTime(most: 86_400))
        #expect(try of([Sample.interval()], precision: .max) == .coarseTime(most: 86_400))
    }

    @Test func whatIsMeasuredIsBounded() throws {
        #expect(refusal(try Sample.task(minBatchSize: 49)) == .smallBatches(least: 50))
        #expect(refusal(try Sample.task(vdaf: .prio3Sum(maxMeasurement: 1))) == .vdaf("prio3-sum"))
        #expect(refusal(try Sample.task(vdaf: .prio3Histogram(length: 9, chunkLength: 2))) == .tooLarge(most: 8))
        // The work for a report: numbers count bit by bit, and proofs are no longer than what they prove.
        var limits = Sample.limits
        (limits.vdafs, limits.maxElements) = (["prio3-sumvec", "prio3-multihot", "prio3-histogram"], 64)
        func vector(_ greatest: UInt64, chunk: UInt32 = 8) throws -> TaskprovRefusal? {
            refusal(
                try Sample.task(vdaf: .prio3SumVec(length: 8, maxMeasurement: greatest, chunkLength: chunk)), limits)
        }
        #expect(try vector(255) == nil && vector(256) == .tooManyElements(most: 64))
        #expect(try vector(255, chunk: 64) == nil && vector(255, chunk: 65) == .longChunks(most: 64))
        #expect(
            refusal(try Sample.task(vdaf: .prio3Histogram(length: 8, chunkLength: 1 << 18)), limits)
                == .longChunks(most: 8))
        let multihot = VdafConfiguration.prio3MultihotCountVec(length: 8, chunkLength: 13, maxWeight: 8)
        #expect(refusal(try Sample.task(vdaf: multihot), limits) == .longChunks(most: 12))
        let unknown = [Sample.interval(), TaskExtension(type: 0xFDFF, data: [])]
        #expect(refusal(try Sample.task(extensions: unknown)) == .notImplemented)
    }

    /// Rule 4: without walks nothing bounds what a Collector asks for, whatever an operator permits.
    @Test func poplar1IsTakenWithWalksOnly() throws {
        var limits = Sample.limits
        limits.vdafs.insert("poplar1")
        #expect(refusal(try Sample.task(vdaf: .poplar1(bits: 64)), limits) == .plainPoplar1)
        limits.walks = nil
        #expect(refusal(try walk(), limits) == .noWalks)
    }

    private func walk(
        minThreshold: UInt64 = 100, margin: UInt64 = 0, late: UInt32 = 10_000, steps: UInt16 = 512,
        candidates: UInt32 = 65_536, bitsPerStep: UInt8 = 4, life: UInt64 = 7 * 1440, bits: UInt16 = 512,
        noise: WalkNoise = .none
    ) throws -> TaskConfiguration {
        let bounds = try WalkTaskExtension(
            minThreshold: minThreshold, thresholdMargin: margin, maxLateRejectionsPPM: late, maxSteps: steps,
            maxCandidates: candidates, maxBitsPerStep: bitsPerStep, firstStepMaxLevel: 7, firstStepMaxCandidates: 256,
            maxLife: TimeDuration(units: life), noise: noise)
        return try Sample.task(
            vdaf: .poplar1(bits: bits),
            extensions: [
                Sample.interval(), TaskExtension(type: WalkCodePoints.provisional.task, data: bounds.encoded()),
            ])
    }

    /// Each bound of a walk one beyond what is permitted.
    @Test func walksAreBounded() throws {
        let beyond = [
            try walk(minThreshold: 99), try walk(late: 10_001), try walk(steps: 513), try walk(candidates: 65_537),
            try walk(bitsPerStep: 5), try walk(life: 7 * 1440 + 1), try walk(bits: 513),
            // Rule 4 divides by the threshold less the margin.
            try walk(minThreshold: 150, margin: 51, noise: .discreteLaplace(scaleNumerator: 100, scaleDenominator: 1)),
        ]
        for task in beyond {
            guard case .walk = refusal(task) else {
                Issue.record("\(task.extensions) was taken")
                continue
            }
        }
        let noisy = try walk(
            minThreshold: 150, margin: 50, noise: .discreteLaplace(scaleNumerator: 100, scaleDenominator: 1))
        #expect(refusal(noisy) == nil)
    }

    /// A floor for noise: tasks without any, and with less, are refused.
    @Test func noiseHasAFloor() throws {
        var limits = Sample.limits
        (limits.maxEpsilon, limits.maxDelta) = (1, 1e-6)
        #expect(refusal(try Sample.task(), limits) == .noise)
        #expect(refusal(try walk(), limits) == .noise)
        func batch(_ epsilon: Double, _ inverseDelta: UInt64) throws -> TaskConfiguration {
            let noise = try #require(BatchNoise(epsilon: epsilon, inverseDelta: inverseDelta, vdaf: .prio3Count))
            return try Sample.task(extensions: [
                Sample.interval(), TaskExtension(type: WalkCodePoints.provisional.noise, data: noise.encoded()),
            ])
        }
        #expect(refusal(try batch(1, 1_000_000), limits) == nil)
        #expect(refusal(try batch(1.01, 1_000_000), limits) == .noise)
        #expect(refusal(try batch(1, 999_999), limits) == .noise)
        // A walk of 8 steps costs 16 divided by the scale.
        #expect(
            refusal(try walk(steps: 8, noise: .discreteLaplace(scaleNumerator: 16, scaleDenominator: 1)), limits) == nil
        )
        #expect(
            refusal(try walk(steps: 8, noise: .discreteLaplace(scaleNumerator: 15, scaleDenominator: 1)), limits)
                == .noise)
    }
}
