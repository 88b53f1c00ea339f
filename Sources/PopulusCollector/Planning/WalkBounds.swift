import PopulusStringCodec
import PopulusVDAF

/// What a task permits one walk to ask.
package struct WalkBounds: Hashable, Sendable {
    /// The least threshold.
    package var minThreshold: UInt64
    /// How many votes fewer noise can leave a prefix that has the threshold; below ``minThreshold``.
    package var thresholdMargin: UInt64
    /// The most steps, of which the last is kept for the leaf.
    package var maxSteps: Int
    /// The most candidates of one step.
    package var maxCandidates: Int
    /// The most levels that a step passes with more than one candidate for a prefix of the last step.
    package var maxBitsPerStep: Int
    /// The greatest level of the first step, counted from 0; above the leaf.
    package var firstStepMaxLevel: Int
    /// The most candidates of the first step.
    package var firstStepMaxCandidates: Int

    package init(
        minThreshold: UInt64, thresholdMargin: UInt64 = 0, maxSteps: Int, maxCandidates: Int, maxBitsPerStep: Int,
        firstStepMaxLevel: Int, firstStepMaxCandidates: Int
    ) {
        self.minThreshold = minThreshold
        self.thresholdMargin = thresholdMargin
        self.maxSteps = maxSteps
        self.maxCandidates = maxCandidates
        self.maxBitsPerStep = maxBitsPerStep
        self.firstStepMaxLevel = firstStepMaxLevel
        self.firstStepMaxCandidates = firstStepMaxCandidates
    }
}

/// One question of a walk: how many reports begin with each of some prefixes.
package struct WalkQuestion: Hashable, Sendable {
    /// The level, counted from 0: candidates have `level + 1` bits.
    package var level: Int
    /// The candidates, in ascending order, each once.
    package var candidates: [Prefix]

    package init(level: Int, candidates: [Prefix]) {
        self.level = level
        self.candidates = candidates
    }
}

/// A prefix with the votes that the last step counted for it.
package struct Survivor: Hashable, Sendable {
    package var prefix: Prefix
    /// As they were counted: noise can take them below zero.
    package var votes: Int64

    package init(prefix: Prefix, votes: Int64) {
        self.prefix = prefix
        self.votes = votes
    }
}

/// How many levels a step moves on.
package enum BitsPerStep: Hashable, Sendable {
    /// As many as are quickest by the times measured so far.
    case auto
    /// So many, or fewer where a bound of the task asks for it; 1 to 16.
    case fixed(Int)

    /// Reads `auto` or a number from 1 to 16.
    package init?(_ text: String) {
        if text == "auto" {
            self = .auto
        } else if let bits = Int(text), 1...16 ~= bits {
            self = .fixed(bits)
        } else {
            return nil
        }
    }
}
