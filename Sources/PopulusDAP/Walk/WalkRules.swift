import PopulusVDAF
import PopulusWireCodec

/// The bounds of one task's walks as pure functions, which Leader, Helper and Collector apply each on its own.
///
/// Every check is linear in the number of candidates.
///
/// Spec: <doc:WalkExtension>
package struct WalkRules: Hashable, Sendable {
    /// The length of the strings; the leaf level is one less.
    package let bits: Int
    package let minBatchSize: UInt64
    package let maxLifeSeconds: UInt64
    package let bounds: WalkTaskExtension

    package init(bits: Int, minBatchSize: UInt64, timePrecision: TimePrecision, bounds: WalkTaskExtension) {
        self.bits = bits
        self.minBatchSize = minBatchSize
        self.bounds = bounds
        maxLifeSeconds = bounds.maxLife.seconds(precision: timePrecision)
    }

    /// The rules of a task, or nothing if it has no walks.
    package init?(task: TaskConfiguration, codePoints: WalkCodePoints = .provisional) throws(WalkExtensionError) {
        guard let bounds = try task.checkedWalkExtension(codePoints), let bits = task.vdaf.poplar1Bits else {
            return nil
        }
        self.init(
            bits: bits, minBatchSize: task.minBatchSize, timePrecision: task.timePrecision, bounds: bounds)
    }

    package var leafLevel: Int { bits - 1 }

    /// The least length of strings: step 0 is an inner one, and another is for the leaf.
    package static let leastBits = WalkTaskExtension.leastBits

    /// The greatest level of step 0 in any task: 256 candidates are the most that can be asked before a count is known.
    package static let firstStepGreatestLevel = 7

    /// The greatest level that step 0 may ask for: never the leaf.
    package var firstStepMaxLevel: Int {
        Self.firstStepMaxLevel(bounds.firstStepMaxLevel, bits: bits)
    }

    /// The same for a bound and a length of strings.
    package static func firstStepMaxLevel(_ bound: UInt16, bits: Int) -> Int {
        min(Int(bound), firstStepGreatestLevel, bits - leastBits)
    }
}

/// What an aggregator may do with a step that it accepts.
package enum WalkAdmission: Hashable, Sendable {
    /// The step is new: make it durable before anything is computed.
    case new(Poplar1AggregationParameter)

    /// The very step was asked before: go on with it, or give the stored answer again.
    case again(Poplar1AggregationParameter)

    package var parameter: Poplar1AggregationParameter {
        switch self {
        case .new(let parameter), .again(let parameter): parameter
        }
    }
}

// MARK: - A proposed step

extension WalkRules {
    /// Decides on a step that the Collector or the Leader proposes.
    ///
    /// - Parameters:
    ///   - encodedParameter: the aggregation parameter as it is on the wire.
    ///   - ageSeconds: the time since this aggregator made step 0 durable; 0 for step 0 itself.
    package func admit(
        _ encodedParameter: [UInt8], step: UInt16, after history: WalkHistory, ageSeconds: UInt64
    ) throws(WalkRefusal) -> WalkAdmission {
        let parameter: Poplar1AggregationParameter
        do {
            parameter = try Poplar1AggregationParameter(decoding: encodedParameter, bits: bits)
        } catch {
            throw .malformedParameter(error)
        }
        return try admit(parameter, step: Int(step), after: history, ageSeconds: ageSeconds)
    }

    /// The same for a parameter that is decoded already.
    package func admit(
        _ parameter: Poplar1AggregationParameter, step: Int, after history: WalkHistory, ageSeconds: UInt64
    ) throws(WalkRefusal) -> WalkAdmission {
        // A retry is answered even after the walk's end: the answer is stored, and nothing is computed for it.
        if step < history.steps.count {
            guard history.steps[step].parameter == parameter else { throw .stepAskedDifferently(step: step) }
            return .again(parameter)
        }
        if let end = history.end { throw .ended(end) }
        guard step == history.steps.count else { throw .stepOutOfOrder(expected: history.steps.count) }
        try checkShape(of: parameter)
        if let previous = history.steps.last {
            guard let reportCount = previous.reportCount else { throw .previousStepUnfinished }
            try check(parameter, descendsFrom: previous.parameter, reportCount: reportCount)
        } else {
            try checkFirst(parameter)
        }
        try checkRoom(for: parameter, step: step, ageSeconds: ageSeconds)
        return .new(parameter)
    }

    /// Rule 2 for a parameter alone: level below `bits`, at least one candidate, sorted, unique; and the most allowed.
    private func checkShape(of parameter: Poplar1AggregationParameter) throws(WalkRefusal) {
        guard parameter.level <= leafLevel else { throw .malformedParameter(.levelOutOfRange) }
        guard !parameter.prefixes.isEmpty else { throw .noCandidates }
        guard parameter.prefixes.count <= Int(bounds.maxCandidates) else {
            throw .tooManyCandidates(limit: Int(bounds.maxCandidates))
        }
        for index in parameter.prefixes.indices.dropFirst() {
            guard parameter.prefixes[index - 1] < parameter.prefixes[index] else {
                throw .candidatesUnsorted(index: index)
            }
        }
    }

    /// Rule 4 for step 0, whose only ancestor is the root: it never jumps, and never asks at the leaf.
    private func checkFirst(_ parameter: Poplar1AggregationParameter) throws(WalkRefusal) {
        guard parameter.level <= firstStepMaxLevel else { throw .firstStepTooDeep(limit: firstStepMaxLevel) }
        guard parameter.prefixes.count <= Int(bounds.firstStepMaxCandidates) else {
            throw .tooManyFirstCandidates(limit: Int(bounds.firstStepMaxCandidates))
        }
    }

    /// Rules 2 and 4 for a later step.
    ///
    /// One pass over both sorted lists: a candidate's ancestor is never below that of the candidate before it. A step
    /// that passes more than `max_bits_per_step` levels has one candidate for each ancestor: otherwise the bound on
    /// ancestors would bind nobody, since any number of guesses at whole strings have few ancestors near the root.
    private func check(
        _ parameter: Poplar1AggregationParameter, descendsFrom previous: Poplar1AggregationParameter,
        reportCount: UInt64
    ) throws(WalkRefusal) {
        guard parameter.level > previous.level else { throw .levelNotIncreased(previous: previous.level) }
        let limit = bounds.ancestorLimit(reportCount: reportCount)
        let jumps = parameter.level - previous.level > Int(bounds.maxBitsPerStep)
        var ancestors: UInt64 = 0
        var position = previous.prefixes.startIndex
        var lastAncestor: Prefix?
        for (index, candidate) in parameter.prefixes.enumerated() {
            let ancestor = candidate.ancestor(level: previous.level)
            if ancestor == lastAncestor {
                guard !jumps else { throw .tooManyBits(limit: Int(bounds.maxBitsPerStep)) }
                continue
            }
            while position < previous.prefixes.endIndex, previous.prefixes[position] < ancestor {
                position += 1
            }
            guard position < previous.prefixes.endIndex, previous.prefixes[position] == ancestor else {
                throw .notDescendant(index: index)
            }
            ancestors += 1
            lastAncestor = ancestor
        }
        guard ancestors <= limit else { throw .tooManyAncestors(limit: limit) }
    }

    /// Rule 8: most steps and longest life, with room for one last leaf step.
    private func checkRoom(
        for parameter: Poplar1AggregationParameter, step: Int, ageSeconds: UInt64
    ) throws(WalkRefusal) {
        let isLeaf = parameter.level == leafLevel
        guard step + (isLeaf ? 0 : 1) < Int(bounds.maxSteps) else { throw .tooManySteps(limit: Int(bounds.maxSteps)) }
        let (twice, overflow) = maxLifeSeconds.multipliedReportingOverflow(by: 2)
        let life = isLeaf ? (overflow ? .max : twice) : maxLifeSeconds
        guard ageSeconds <= life else { throw .lifeExceeded(limitSeconds: life) }
    }
}

// MARK: - A step's outcome

extension WalkRules {
    /// How many reports of those that step 0 accepted may be rejected over the whole rest of the walk.
    package func lateRejectionLimit(initialCount: UInt64) -> UInt64 {
        bounds.lateRejectionLimit(initialCount: initialCount)
    }

    /// Decides whether a share over `reportCount` reports may be released (rules 3 and 5).
    ///
    /// - Parameter initialCount: the number of reports that step 0 accepted; `reportCount` at step 0 itself.
    /// - Returns: the walk's late rejections so far.
    @discardableResult
    package func checkOutcome(reportCount: UInt64, initialCount: UInt64) throws(WalkRefusal) -> UInt64 {
        guard reportCount <= initialCount else { throw .headerMismatch(.liveCount) }
        let lateRejections = initialCount - reportCount
        let limit = lateRejectionLimit(initialCount: initialCount)
        guard lateRejections <= limit else { throw .lateRejectionsExceeded(limit: limit) }
        guard reportCount >= minBatchSize else { throw .batchTooSmall(minimum: minBatchSize) }
        return lateRejections
    }
}

// MARK: - A message's header

extension WalkStepHeader {
    /// Compares a received header with the one that the receiver expects, field by field, before anything is evaluated.
    package func check(against expected: WalkStepHeader) throws(WalkRefusal) {
        guard walkID == expected.walkID else { throw .headerMismatch(.walkID) }
        guard step == expected.step else { throw .headerMismatch(.step) }
        guard phase == expected.phase else { throw .headerMismatch(.phase) }
        guard liveCount == expected.liveCount else { throw .headerMismatch(.liveCount) }
        guard transcript == expected.transcript else { throw .headerMismatch(.transcript) }
    }
}
