import PopulusDAP

extension DiscoveryTask {
    /// The least threshold that may be asked for: what the task's clients agreed to, and with noise what keeps most walks
    /// from listing a string that nobody holds.
    package var leastThreshold: UInt64 { max(walk.minThreshold, walk.leastThreshold) }

    /// The least count with which a prefix goes on and a string is listed.
    ///
    /// Noise may have taken the margin from what has as many votes as the threshold. The threshold is at least
    /// ``leastThreshold``, so at least one vote is left.
    package func leastCount(threshold: UInt64) -> Int64 {
        bounds.leastCount(threshold: threshold)
    }
}
