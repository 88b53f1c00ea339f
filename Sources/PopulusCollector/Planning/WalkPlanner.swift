import PopulusStringCodec
import PopulusVDAF

/// Chooses what a walk asks next: a pure function of the answers so far.
///
/// Survivors are extended by every bit pattern that some string can have. A prefix that holds a whole code word stays
/// with its one padded extension, and when every survivor does, the walk goes straight to the leaf: only such a step may
/// pass more levels than the task's bits a step.
///
/// `max_steps` is a budget. No step is shorter than an even share of the levels that are left, rounded up, unless its
/// candidates would be too many; then the steps after it have greater shares. **Where that share is at most 4 at the
/// beginning** (`max_steps` at least a quarter of the bits, `max_bits_per_step` at least 4, the first step free to ask for
/// 16 candidates at level 3 or just above the leaf) **and no step leaves more than `max_candidates` / 16 prefixes, every
/// one of them is followed to the leaf**, whatever the pace says. For with *l* levels and *s* steps left, *l* at most 4*s*:
///
/// - The share is at most 4, and 4 bits have at most 16 candidates for each prefix: they fit.
/// - A step of at least *l* / *s* levels leaves at most *l*(*s* - 1) / *s* levels, hence at most 4(*s* - 1).
/// - So with one step left at most 4 levels are, and that step asks at the leaf for every string below the prefixes.
package struct WalkPlanner: Sendable {
    /// The length of a path, at least 2.
    package let bits: Int
    package let encoding: any StringEncoding
    package let bounds: WalkBounds
    package let bitsPerStep: BitsPerStep

    package init(bits: Int, encoding: any StringEncoding, bounds: WalkBounds, bitsPerStep: BitsPerStep) {
        self.bits = bits
        self.encoding = encoding
        self.bounds = bounds
        self.bitsPerStep = bitsPerStep
    }

    /// The level at which strings are published.
    package var leaf: Int { bits - 1 }

    /// What comes after an answer.
    package enum Decision: Hashable, Sendable {
        /// Ask this.
        case ask(WalkQuestion)
        /// Ask this leaf, although `unfinished` strings had not ended: no inner step is left.
        case askLeaf(WalkQuestion, unfinished: Int)
        /// Nothing has enough votes.
        case nothingLeft
        /// Strings with enough votes go on, and no question about them is permitted any more: even one bit a
        /// step takes `candidates` candidates, or no step is left before the leaf.
        case outOfBounds(candidates: Int?)
    }

    /// The first question, at an inner level: every prefix of as many bits as the bounds permit, six at most unless told
    /// otherwise, or unless the task's steps are so few that it takes more.
    ///
    /// How many reports there are is not known yet, and a byte would be 256 candidates for each of a million.
    package func firstQuestion() -> Decision {
        let root = [Prefix()]
        let wanted: Int
        switch bitsPerStep {
        case .auto: wanted = 6
        case .fixed(let count): wanted = count
        }
        // An even share of all levels, and what all later steps together cannot pass.
        let share = (bits + bounds.maxSteps - 1) / max(1, bounds.maxSteps)
        let needed = max(share, bits - (bounds.maxSteps - 1) * bounds.maxBitsPerStep)
        let most = min(max(wanted, needed), bits - 1, bounds.firstStepMaxLevel + 1)
        guard most >= 1, bounds.maxSteps > 1 else { return .outOfBounds(candidates: nil) }
        for length in stride(from: most, through: 1, by: -1) {
            let candidates = extend(root, to: length)
            if candidates.isEmpty { return .nothingLeft }
            if candidates.count <= min(bounds.firstStepMaxCandidates, bounds.maxCandidates) {
                return .ask(WalkQuestion(level: length - 1, candidates: candidates))
            }
        }
        return .outOfBounds(candidates: extend(root, to: 1).count)
    }

    /// The question after `survivors`, prefixes of `level + 1` bits in ascending order, were left of the last one.
    ///
    /// - Parameters:
    ///   - step: the number of the step to be planned, counted from 0.
    ///   - mustEnd: only the leaf may be asked now, since the walk's life is over.
    ///   - pace: the times so far, by which `auto` chooses.
    package func question(
        after survivors: [Prefix], at level: Int, step: Int, mustEnd: Bool, pace: WalkPace
    ) -> Decision {
        guard !survivors.isEmpty else { return .nothingLeft }
        let open = survivors.filter { !isComplete($0) }
        guard !open.isEmpty else { return leafQuestion(of: survivors, unfinished: 0) }
        let levelsLeft = bits - level - 1
        guard !mustEnd, step + 1 < bounds.maxSteps else {
            return lastQuestion(survivors, levelsLeft: levelsLeft, open: open.count)
        }
        let stepsLeft = bounds.maxSteps - step
        let wanted: Int
        switch bitsPerStep {
        case .fixed(let count): wanted = count
        case .auto:
            wanted = pace.quickestBits(
                open: open.count, complete: survivors.count - open.count, levelsLeft: levelsLeft, stepsLeft: stepsLeft,
                atMost: bounds.maxBitsPerStep)
        }
        // An even share of the levels that are left, so that the steps suffice.
        let needed = (levelsLeft + stepsLeft - 1) / stepsLeft
        var length = min(max(wanted, needed), levelsLeft, bounds.maxBitsPerStep)
        while length >= 1 {
            if let candidates = extend(survivors, to: level + 1 + length, atMost: bounds.maxCandidates) {
                return candidates.isEmpty
                    ? .nothingLeft : .ask(WalkQuestion(level: level + length, candidates: candidates))
            }
            length -= 1
        }
        return .outOfBounds(candidates: extend(survivors, to: level + 2).count)
    }

    /// Whether a prefix holds a whole code word, that of a string or the reserved one.
    package func isComplete(_ prefix: Prefix) -> Bool {
        encoding.read(prefix, bits: bits).isComplete
    }

    /// What the strings below those prefixes that are not complete are sure to begin with, each beginning once, ascending.
    func beginnings(of prefixes: [Prefix]) -> [[UInt8]] {
        let readers = prefixes.map { encoding.reader(bits: bits).appending($0) }
        let certain = readers.filter { !$0.reading.isComplete }.map(\.certain)
        return Set(certain).sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The leaf's question where no inner step is left: about all survivors if it is near enough to ask for every
    /// string below them, else about those that have ended.
    private func lastQuestion(_ survivors: [Prefix], levelsLeft: Int, open: Int) -> Decision {
        if levelsLeft <= bounds.maxBitsPerStep,
            let all = extend(survivors, to: bits, atMost: bounds.maxCandidates)
        {
            return all.isEmpty ? .nothingLeft : .ask(WalkQuestion(level: leaf, candidates: all))
        }
        let complete = survivors.filter(isComplete)
        return complete.isEmpty ? .outOfBounds(candidates: nil) : leafQuestion(of: complete, unfinished: open)
    }

    private func leafQuestion(of complete: [Prefix], unfinished: Int) -> Decision {
        let question = WalkQuestion(level: leaf, candidates: complete.map { $0.padded(to: bits) })
        guard question.candidates.count <= bounds.maxCandidates else {
            return .outOfBounds(candidates: question.candidates.count)
        }
        return unfinished == 0 ? .ask(question) : .askLeaf(question, unfinished: unfinished)
    }
}
