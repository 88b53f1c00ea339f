import ArgumentParser
import DAP
import WireCodec

/// The bounds of a task's walks.
struct WalkOptions: ParsableArguments {
    @Option(
        help: """
            The lowest threshold of a discovery. The aggregators refuse candidates that need a lower one. (default: the \
            minimum batch size)
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

    @Option(help: "The deepest level of a walk's first step, counted from 0. (default: 15, or the last)")
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
        guard maxSteps != 0 else { throw ValidationError("--max-steps is at least 1") }
        guard maxCandidates != 0 else { throw ValidationError("--max-candidates is at least 1") }
        guard noiseScale != 0 else { throw ValidationError("--noise-scale is at least 1") }
    }

    /// Checks what depends on the task's other options.
    func check(bits: UInt16, timePrecision: Seconds) throws {
        guard life.value >= timePrecision.value else {
            throw ValidationError("--max-life is at least --time-precision")
        }
        if let level = firstStepMaxLevel, level >= bits {
            throw ValidationError("--first-step-max-level is below --bits")
        }
    }

    /// The names of the options that were given.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--min-threshold", minThreshold != nil), ("--max-late-rejections", maxLateRejections != nil),
            ("--max-steps", maxSteps != nil), ("--max-candidates", maxCandidates != nil),
            ("--first-step-max-level", firstStepMaxLevel != nil), ("--max-life", maxLife != nil),
            ("--noise-scale", noiseScale != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// The bounds as the task's configuration has them.
    func bounds(
        bits: UInt16, minBatchSize: UInt64, precision: TimePrecision
    ) throws(WireError) -> WalkTaskExtension {
        let lastLevel = bits - 1
        let firstLevel = firstStepMaxLevel ?? min(15, lastLevel)
        let wholeLevel = firstLevel < 31 ? UInt32(1) << (UInt32(firstLevel) + 1) : .max
        let candidates = maxCandidates ?? 65_536
        return try WalkTaskExtension(
            minThreshold: minThreshold ?? minBatchSize,
            maxLateRejectionsPPM: maxLateRejections?.partsPerMillion ?? 10_000, maxSteps: maxSteps ?? bits,
            maxCandidates: candidates, firstStepMaxLevel: firstLevel,
            firstStepMaxCandidates: min(candidates, wholeLevel),
            maxLife: TimeDuration(units: life.value / precision.seconds),
            noise: noiseScale.map { .discreteLaplace(scaleNumerator: $0, scaleDenominator: 1) } ?? .none)
    }
}
