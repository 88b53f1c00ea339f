import Foundation

/// The votes that keep noise from hiding popular strings and from showing strings that nobody holds.
package enum NoisyThreshold {
    /// The chance that a walk loses a string with as many votes as the threshold, and that it lists one that nobody holds.
    package static let chance = 0.01

    /// How many votes fewer noise can leave a prefix that has the threshold, in any of a walk's steps.
    ///
    /// - Parameter deviation: the standard deviation of a count of an inner step or of the leaf, the greater one.
    package static func margin(steps: Int, deviation: Double) -> UInt64 {
        votes(tail: chance / Double(steps), deviation)
    }

    /// The votes that noise alone gives none of a step's candidates.
    ///
    /// - Parameter deviation: the standard deviation of a count of the leaf.
    package static func bar(candidates: Int, deviation: Double) -> UInt64 {
        votes(tail: chance / Double(candidates), deviation)
    }

    private static func votes(tail: Double, _ deviation: Double) -> UInt64 {
        UInt64((NormalTail.value(ofTail: tail) * deviation).rounded(.up))
    }
}
