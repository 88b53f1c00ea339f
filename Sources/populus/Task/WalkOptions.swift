import ArgumentParser
import DAP
import WireCodec

/// The bounds of a task's walks.
struct WalkOptions: ParsableArguments {
    @Option(
        help: """
            The lowest threshold of a discovery. The aggregators let a walk follow no more prefixes than can have it; \
            which ones they cannot tell, so that a Collector may follow unpopular ones instead. (default: the minimum \
            batch size)
            """)
    var minThreshold: UInt64?

    @Option(
        help: """
            The share of a walk's reports that may be rejected after its first step; beyond it the walk ends. A \
            smaller share hinders an aggregator that drops single reports, a greater one hinders clients that turn bad \
            late to end walks. (default: 1%)
            """)
    var maxLateRejections: Share?

    @Option(help: "The most steps of a walk. (default: the bits, so that steps of one bit are possible)")
    var maxSteps: UInt16?

    @Option(help: "The most candidates of a step. (default: 65536)")
    var maxCandidates: UInt32?

    @Option(
        help: """
            The most bits by which a step after the first may extend a prefix in every way, 1 to 16. A longer one has one \
            candidate for each prefix of the last one: so a Collector follows as many prefixes as could have the lowest threshold, and \
            cannot guess at whole strings. (default: 4; with noise 8)
            """)
    var maxBitsPerStep: UInt8?

    @Flag(
        help: """
            Make the task although one walk over its smallest batch could read the count of every string, however few \
            have it: where strings are short, or the batch has many times the lowest threshold.
            """)
    var allowReadableDomain = false

    @Option(
        help: """
            The deepest level of a walk's first step, counted from 0. (default, and at most: 7, or two less than the bits)
            """)
    var firstStepMaxLevel: UInt16?

    @Option(help: "How long a walk may take to begin its last step but one. (default: 7d)")
    var maxLife: Seconds?

    @Option(
        help: """
            The scale of the discrete Laplace noise that each aggregator adds to every count, a whole number. Against one \
            who knows all other reports, a step of a walk costs epsilon 2/scale, and k steps 2k/scale: whether a report has \
            one string or another changes two counts of a step by one. Counts are no longer exact. (default: no noise)
            """)
    var noiseScale: UInt32?

    private var life: Seconds { maxLife ?? Seconds(7 * 86400) }

    func validate() throws {
        guard minThreshold != 0 else { throw ValidationError("--min-threshold is at least 1") }
        guard maxSteps.map({ $0 > 1 }) ?? true else {
            throw ValidationError("--max-steps is at least 2: the last is for whole strings, and the first is not")
        }
        guard maxBitsPerStep.map(WalkTaskExtension.bitsPerStepRange.contains) ?? true else {
            throw ValidationError("--max-bits-per-step is 1 to 16")
        }
        guard maxCandidates != 0 else { throw ValidationError("--max-candidates is at least 1") }
        guard noiseScale != 0 else { throw ValidationError("--noise-scale is at least 1") }
    }

    /// Checks what depends on the task's other options.
    func check(bits: UInt16, minBatchSize: UInt64, timePrecision: Seconds) throws {
        guard bits >= WalkRules.leastBits else {
            throw ValidationError(
                "--bits is at least \(WalkRules.leastBits) where there are walks: their first step does not ask for whole "
                    + "strings; a task --without-walk can have 1")
        }
        guard life.value >= timePrecision.value else {
            throw ValidationError("--max-life is at least --time-precision")
        }
        if let level = firstStepMaxLevel, level >= bits {
            throw ValidationError("--first-step-max-level is below --bits")
        }
        guard !allowReadableDomain else { return }
        let bounds = try bounds(
            bits: bits, minBatchSize: minBatchSize, precision: TimePrecision(seconds: timePrecision.value))
        guard bounds.noise != .none || !bounds.readsWholeDomain(bits: Int(bits), reportCount: minBatchSize) else {
            throw ValidationError(Self.readable(bounds, bits: bits, minBatchSize: minBatchSize))
        }
    }

    /// Why a task whose strings one walk could all read is not made.
    private static func readable(_ bounds: WalkTaskExtension, bits: UInt16, minBatchSize: UInt64) -> String {
        let prefixes = bounds.ancestorLimit(reportCount: minBatchSize)
        return """
            one walk could read how many reports hold each string of \(bits) bits, however few: in \
            \(counted(minBatchSize, "report")) with --min-threshold \(bounds.minThreshold) it may follow \
            \(prefixes) prefix\(prefixes == 1 ? "" : "es"), with \(1 << UInt64(bounds.maxBitsPerStep)) strings each \
            (--max-bits-per-step \(bounds.maxBitsPerStep)). Larger batches allow more still: every \
            \(bounds.minThreshold) reports another prefix. Give longer strings (--bits), a higher --min-threshold, a lower \
            --max-bits-per-step, or noise (--noise-scale); if all counts may be known, --allow-readable-domain makes it
            """
    }

    /// The names of the options that were given.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--min-threshold", minThreshold != nil), ("--max-late-rejections", maxLateRejections != nil),
            ("--max-steps", maxSteps != nil), ("--max-candidates", maxCandidates != nil),
            ("--max-bits-per-step", maxBitsPerStep != nil), ("--allow-readable-domain", allowReadableDomain),
            ("--first-step-max-level", firstStepMaxLevel != nil), ("--max-life", maxLife != nil),
            ("--noise-scale", noiseScale != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// The bounds as the task's configuration has them.
    func bounds(
        bits: UInt16, minBatchSize: UInt64, precision: TimePrecision
    ) throws(WireError) -> WalkTaskExtension {
        let firstLevel = UInt16(WalkRules.firstStepMaxLevel(firstStepMaxLevel ?? .max, bits: Int(bits)))
        let wholeLevel = UInt32(1) << (UInt32(firstLevel) + 1)
        let candidates = maxCandidates ?? 65_536
        return try WalkTaskExtension(
            minThreshold: minThreshold ?? minBatchSize,
            maxLateRejectionsPPM: maxLateRejections?.partsPerMillion ?? 10_000, maxSteps: maxSteps ?? bits,
            maxCandidates: candidates, maxBitsPerStep: maxBitsPerStep, firstStepMaxLevel: firstLevel,
            firstStepMaxCandidates: min(candidates, wholeLevel),
            maxLife: TimeDuration(units: life.value / precision.seconds),
            noise: noiseScale.map { .discreteLaplace(scaleNumerator: $0, scaleDenominator: 1) } ?? .none)
    }
    /// What the owner should know of the bounds before anybody reports.
    func warnings(_ bounds: WalkTaskExtension, bits: UInt16) -> [String] {
        let first = Int(bounds.firstStepMaxLevel) + 1
        var warnings: [String] = []
        if first + 1 >= bits {
            warnings.append(
                "a walk's first step may count the reports below every prefix of \(first) of the \(bits) bits; a lower "
                    + "--first-step-max-level shows less")
        }
        let reach = first + (Int(bounds.maxSteps) - 1) * Int(bounds.maxBitsPerStep)
        if reach < bits {
            warnings.append(
                "\(bounds.maxSteps) steps of at most \(bounds.maxBitsPerStep) bits reach bit \(reach) of \(bits): longer "
                    + "strings cannot be found; give more --max-steps or --max-bits-per-step")
        }
        return warnings
    }
}
