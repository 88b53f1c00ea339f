extension WalkTaskExtension {
    /// How many reports of those that step 0 accepted may be rejected over the whole rest of the walk (rule 3).
    package func lateRejectionLimit(initialCount: UInt64) -> UInt64 {
        let product = initialCount.multipliedFullWidth(by: UInt64(maxLateRejectionsPPM))
        // The quotient is at most the count itself, since the bound is at most a million.
        return UInt64(1_000_000).dividingFullWidth(product).quotient
    }

    /// The least number of reports of which one may be rejected late; nothing where none ever may.
    package var leastCountWithLateRejection: UInt64? {
        let share = UInt64(maxLateRejectionsPPM)
        return share == 0 ? nil : (1_000_000 + share - 1) / share
    }
}
