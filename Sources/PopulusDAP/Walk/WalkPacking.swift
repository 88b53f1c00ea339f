import PopulusVDAF
import PopulusWireCodec

/// The exact lengths of what a later step packs, one entry for every live report in the job's order.
///
/// Spec: <doc:WalkExtension>
package struct WalkPacking: Hashable, Sendable {
    private let sizes: Poplar1.LevelSizes
    package let liveCount: Int

    package init(level: Int, bits: Int, liveCount: UInt32) {
        sizes = Poplar1.sizes(level: level, bits: bits)
        self.liveCount = Int(liveCount)
    }

    /// A first-round verifier share a report.
    package var leaderVerifierSharesLength: Int { sizes.sketch * liveCount }

    /// The combined message and the Helper's second-round share, a report.
    package var messagesLength: Int { sizes.continuation * liveCount }

    /// One bit a report.
    package var verdictsLength: Int { (liveCount + 7) / 8 }

    /// - Throws: `truncated` or `trailing` for a wrong length.
    package func check(leaderVerifierShares: [UInt8]) throws(WireError) {
        try Self.check(leaderVerifierShares.count, leaderVerifierSharesLength)
    }

    /// - Throws: `truncated` or `trailing` for a wrong length.
    package func check(messages: [UInt8]) throws(WireError) {
        try Self.check(messages.count, messagesLength)
    }

    /// - Throws: `truncated` or `trailing` for a wrong length, `badValue` for an unused bit that is not zero.
    package func check(verdicts: [UInt8]) throws(WireError) {
        try Self.check(verdicts.count, verdictsLength)
        let used = liveCount % 8
        if used != 0, let last = verdicts.last, last >> UInt8(used) != 0 { throw .badValue("verdicts: padding") }
    }

    private static func check(_ length: Int, _ expected: Int) throws(WireError) {
        guard length >= expected else { throw .truncated }
        guard length == expected else { throw .trailing }
    }
}
