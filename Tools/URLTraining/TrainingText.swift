/// What the tables of `url-1` are made of: one half of a list of URLs, and a list of domains.
package struct TrainingText: Sendable {
    /// The half of the URLs that the tables learn from.
    package let training: [[UInt8]]
    /// The other half, on which they are measured.
    package let heldBack: [[UInt8]]
    /// Names of hosts, which say nothing about schemes and paths.
    package let domains: [[UInt8]]

    /// The seed of the shipped tables' split.
    package static let shippedSeed: UInt64 = 1

    /// Shuffles the URLs with a generator that is the same on every machine, and parts them in the middle.
    package init(urls: [[UInt8]], domains: [[UInt8]], seed: UInt64) {
        var generator = SplitMix(state: seed)
        var shuffled = urls
        for index in stride(from: shuffled.count - 1, to: 0, by: -1) {
            shuffled.swapAt(index, Int(generator.next() % UInt64(index + 1)))
        }
        training = Array(shuffled[..<(shuffled.count / 2)])
        heldBack = Array(shuffled[(shuffled.count / 2)...])
        self.domains = domains
    }

    /// The lines of a file, without those that are empty.
    package static func lines(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        Array(bytes).split(separator: UInt8(ascii: "\n")).map(Array.init)
    }
}

/// A small generator with a seed (SplitMix64).
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
