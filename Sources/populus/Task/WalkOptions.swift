import ArgumentParser
import PopulusDAP
import PopulusStringCodec
import PopulusWireCodec

/// The bounds of a task's walks.
struct WalkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The lowest threshold of a discovery. The aggregators let a walk follow no more prefixes than can have it. They \
            cannot tell which ones have it, so a Collector may follow unpopular ones instead. (default: the minimum batch \
            size; with --epsilon the least with which few strings are listed that nobody holds, which is also the least \
            that is taken)
            """, valueName: "number"),
        transform: Form.number("--min-threshold", 1...UInt64.max, such: 100))
    var minThreshold: UInt64?

    @Option(
        help: ArgumentHelp(
            """
            The share of a walk's reports that may be rejected after its first step. Beyond it the walk ends. A \
            smaller share hinders an aggregator that drops single reports. A greater one hinders clients that turn bad \
            late from ending walks. (default: 1%)
            """, valueName: "share"),
        transform: Form.share)
    var maxLateRejections: Share?

    @Option(
        help: ArgumentHelp(
            """
            The most steps of a walk. With --epsilon the promise is for as many: fewer need less noise. (default: the bits, \
            so that steps of one bit are possible; with --epsilon a quarter of the bits)
            """, valueName: "number"),
        transform: Form.number("--max-steps", 2...UInt16.max, such: 64))
    var maxSteps: UInt16?

    @Option(
        help: ArgumentHelp(
            "The most candidates of a step. (default: 65536, or as many as fit into a request)", valueName: "number"),
        transform: Form.number("--max-candidates", 2...UInt32.max, such: 65_536))
    var maxCandidates: UInt32?

    @Option(
        help: ArgumentHelp(
            """
            The most bits by which a step after the first may extend a prefix in every way, 1 to 16. A longer step has one \
            candidate for each prefix of the last one. So a Collector follows as many prefixes as could have the lowest \
            threshold, and cannot guess at whole strings. (default: 4; with noise 8)
            """, valueName: "number"),
        transform: Form.number("--max-bits-per-step", WalkTaskExtension.bitsPerStepRange, such: 4))
    var maxBitsPerStep: UInt8?

    @Flag(
        help: """
            Make the task although one walk over its smallest batch could read the count of every string, however few \
            have it. That is so where strings are short, or where the batch has many times the lowest threshold.
            """)
    var allowReadableDomain = false

    @Option(
        help: ArgumentHelp(
            """
            The deepest level of a walk's first step, counted from 0. (default, and at most: 7, or two less than the bits)
            """, valueName: "number"),
        transform: Form.number("--first-step-max-level", 0...7, such: 7))
    var firstStepMaxLevel: UInt16?

    @Option(
        help: ArgumentHelp(
            "How long a walk may take to begin its last step but one, such as 12h or 7d. (default: 7d)",
            valueName: "time"),
        transform: Form.seconds)
    var maxLife: Seconds?

    @Option(
        help: ArgumentHelp(
            """
            With --epsilon: the last step's part of what a whole walk may show of a report, such as 10%. More makes counts \
            that are shown better, and those that decide which prefixes go on worse. (default: the same noise in every step)
            """, valueName: "share"),
        transform: Form.share)
    var leafShare: Share?

    private var life: Seconds { maxLife ?? Seconds(7 * 86400) }

    /// Checks what depends on the task's other options.
    func check(
        bits: UInt16, encoding: any StringEncoding, minBatchSize: UInt64, timePrecision: Seconds,
        promise: PrivacyPromise?
    ) throws {
        guard bits >= WalkRules.leastBits else {
            throw ValidationError(
                "--bits is at least \(WalkRules.leastBits) where there are walks: their first step does not ask for whole "
                    + "strings; a task --without-walk can have 1")
        }
        try check(life: life, timePrecision)
        let deepest = WalkRules.firstStepMaxLevel(.max, bits: Int(bits))
        if let level = firstStepMaxLevel, level > deepest {
            throw ValidationError(
                "--first-step-max-level is at most \(deepest) with \(bits) bits: two less than the bits")
        }
        let most = Self.mostCandidates(bits: bits)
        if let maxCandidates, maxCandidates > most {
            throw ValidationError(
                "--max-candidates is at most \(most) with \(bits) bits: a step with more whole strings would be larger than "
                    + "what a Leader takes")
        }
        try check(leafShare: leafShare, promise)
        let bounds = try bounds(
            bits: bits, minBatchSize: minBatchSize, precision: TimePrecision(seconds: timePrecision.value),
            promise: promise)
        let reach = WalkReach(bounds, bits: Int(bits))
        guard reach.findsSomething(encoding) else { throw ValidationError(reach.tooShort) }
        guard !allowReadableDomain else { return }
        guard bounds.noise != .none || !bounds.readsWholeDomain(bits: Int(bits), reportCount: minBatchSize) else {
            throw ValidationError(Self.readable(bounds, bits: bits, minBatchSize: minBatchSize))
        }
    }

    private func check(leafShare: Share?, _ promise: PrivacyPromise?) throws {
        guard let leafShare else { return }
        guard promise != nil else {
            throw ValidationError("--leaf-share goes with --epsilon: exact counts have no noise")
        }
        guard (1..<1_000_000).contains(leafShare.partsPerMillion) else {
            throw ValidationError("--leaf-share is above 0% and below 100%, such as 10%: every step costs something")
        }
    }

    /// A walk's life is counted in units of the time precision: others would be rounded down without a word.
    private func check(life: Seconds, _ precision: Seconds) throws {
        guard life.value >= precision.value else {
            throw ValidationError(
                "--max-life, here \(life), is at least --time-precision, here \(precision): give --max-life \(precision) "
                    + "or more, or a finer --time-precision")
        }
        guard maxLife == nil || life.value % precision.value == 0 else {
            let below = Seconds(life.value / precision.value * precision.value)
            throw ValidationError(
                "--max-life is a multiple of --time-precision, here \(precision): give \(below) or "
                    + "\(Seconds(below.value + precision.value))")
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
            --max-bits-per-step, or noise (--epsilon); if all counts may be known, --allow-readable-domain makes it
            """
    }

    /// The names of the options that were given.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--min-threshold", minThreshold != nil), ("--max-late-rejections", maxLateRejections != nil),
            ("--max-steps", maxSteps != nil), ("--max-candidates", maxCandidates != nil),
            ("--max-bits-per-step", maxBitsPerStep != nil), ("--allow-readable-domain", allowReadableDomain),
            ("--first-step-max-level", firstStepMaxLevel != nil), ("--max-life", maxLife != nil),
            ("--leaf-share", leafShare != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// The bounds as the task's configuration has them.
    ///
    /// - Throws: `ValidationError` where the promise cannot be kept with such bounds.
    func bounds(
        bits: UInt16, minBatchSize: UInt64, precision: TimePrecision, promise: PrivacyPromise?
    ) throws -> WalkTaskExtension {
        let firstLevel = UInt16(WalkRules.firstStepMaxLevel(firstStepMaxLevel ?? .max, bits: Int(bits)))
        let wholeLevel = UInt32(1) << (UInt32(firstLevel) + 1)
        let candidates = maxCandidates ?? Self.usualCandidates(bits: bits)
        let steps = maxSteps ?? Self.usualSteps(bits: bits, isNoisy: promise != nil)
        let noisy = try promise.map { promise in
            try NoisyWalk(promise, steps: Int(steps), candidates: Int(candidates), leafShare: leafShare)
        }
        if let noisy { try check(minThreshold, noisy) }
        return try WalkTaskExtension(
            minThreshold: minThreshold ?? noisy?.leastThreshold ?? minBatchSize, thresholdMargin: noisy?.margin ?? 0,
            maxLateRejectionsPPM: maxLateRejections?.partsPerMillion ?? 10_000, maxSteps: steps,
            maxCandidates: candidates, maxBitsPerStep: maxBitsPerStep, firstStepMaxLevel: firstLevel,
            firstStepMaxCandidates: min(candidates, wholeLevel),
            maxLife: TimeDuration(units: life.value / precision.seconds),
            noise: noisy.map { .discreteGaussian($0.noise) } ?? .none, messages: Set(WalkOptionalMessage.allCases))
    }

    /// A threshold below the least sensible one loses popular strings or lists some that nobody holds.
    private func check(_ minThreshold: UInt64?, _ noisy: NoisyWalk) throws {
        guard let minThreshold, minThreshold < noisy.leastThreshold else { return }
        throw ValidationError(
            "--min-threshold \(minThreshold) is too low for this noise: it takes \(noisy.margin) votes from a string in one "
                + "walk of a hundred, and gives \(noisy.leastThreshold - noisy.margin) to one that nobody holds as often. Give "
                + "--min-threshold \(noisy.leastThreshold) or more, a greater --epsilon, or fewer --max-steps")
    }

    /// The most steps of a task that does not say otherwise: those of one bit, or of four where each one costs.
    static func usualSteps(bits: UInt16, isNoisy: Bool) -> UInt16 {
        isNoisy ? max(2, bits / 4 + (bits % 4 == 0 ? 0 : 1)) : bits
    }

    /// The most candidates of a step of a task that does not say otherwise.
    static func usualCandidates(bits: UInt16) -> UInt32 { min(65_536, mostCandidates(bits: bits)) }
}
