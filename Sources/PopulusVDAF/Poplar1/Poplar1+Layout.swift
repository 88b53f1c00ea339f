// For those who take encoded shares and messages apart themselves, as `PrefixWalk` does: how large the parts are, and
// where they lie.
extension Poplar1 {
    /// Elements of a share of the sketch, and of the first round's message.
    ///
    /// Spec: VDAF §8.2.6.3, §8.2.6.4.
    package static let sketchLength = 3

    /// Elements of a second-round share, which says whether the sketch verifies.
    ///
    /// Spec: VDAF §8.2.6.3.
    package static let verdictLength = 1

    /// Elements that a level draws from the stream of correlated randomness: `a`, `b`, `c`.
    ///
    /// Spec: VDAF §8.2.2.
    package static let tripleLength = 3

    /// Elements that an input share has for a level: the shares of `A` and `B`.
    ///
    /// Spec: VDAF §8.2.6.2.
    package static let maskLength = 2

    /// Where the parts of an encoded public share begin.
    package static func publicShareLayout(bits: Int) -> IdpfPublicShare.Layout { IdpfPublicShare.Layout(bits: bits) }

    /// Where the parts of an encoded input share begin.
    package static func inputShareLayout(bits: Int) -> Poplar1InputShare.Layout { Poplar1InputShare.Layout(bits: bits) }

    /// Whether `level` is the last one of inputs of `bits` bits, whose values are of Field255 rather than Field64.
    package static func isLeaf(_ level: Int, bits: Int) -> Bool { level == bits - 1 }

    /// Bytes of what is encoded at `level`.
    package static func sizes(level: Int, bits: Int) -> LevelSizes { isLeaf(level, bits: bits) ? .leaf : .inner }

    /// Bytes of what is encoded at one level of the tree, all of it elements of the level's field.
    package struct LevelSizes: Hashable, Sendable {
        /// One element; an aggregate share has one for each candidate.
        ///
        /// Spec: VDAF §8.2.6.5.
        package let element: Int

        /// The levels above the leaf.
        package static let inner = LevelSizes(element: Field64.encodedSize)
        /// The last level.
        package static let leaf = LevelSizes(element: Field255.encodedSize)

        /// The value of a node, or of a correction word: data and authenticator.
        ///
        /// Spec: VDAF §8.2.6.1.
        package var value: Int { IdpfBBCGGI21.valueLength * element }

        /// An aggregator's shares of `A` and `B`, of its input share.
        package var masks: Int { Poplar1.maskLength * element }

        /// An aggregator's shares of `a`, `b` and `c`.
        package var triple: Int { Poplar1.tripleLength * element }

        /// A first-round verifier share, or the first round's message.
        package var sketch: Int { Poplar1.sketchLength * element }

        /// A second-round verifier share.
        package var verdict: Int { Poplar1.verdictLength * element }

        /// What a `continue` message brings: the first round's message, and a second-round share.
        ///
        /// Spec: VDAF §5.7.1.
        package var continuation: Int { sketch + verdict }
    }

    /// A level as parameters and the binder of verification randomness have it, in two bytes.
    ///
    /// Spec: VDAF §8.2.2, §8.2.6.6.
    package static func encodedLevel(_ level: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: level >> 8), UInt8(truncatingIfNeeded: level)]
    }
}
