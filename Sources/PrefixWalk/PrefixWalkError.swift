import PopulusDurableFiles

/// What can go wrong in the engine; nothing of it carries a share, a seed or a key.
package enum PrefixWalkError: Error, Hashable, Sendable {
    /// A report's public share or input share has the wrong length, padding that is not zero or a field element
    /// that is not canonical: the fault of one client, and the report never enters a segment.
    case malformedShare
    /// The aggregation parameter cannot be evaluated: its level is not in `0 ..< bits` or not above the history's, it
    /// has no prefix, or a prefix has the wrong length, is out of order or does not descend from the history's last
    /// prefixes.
    case invalidParameter
    /// A bitmap does not belong to this shard or is not a subset of what it must be a subset of.
    case bitmapMismatch
    /// A packed message of the peer is shorter or longer than its reports make it.
    case messageLength
    /// A packed message of the peer has a field element that is not canonical.
    case nonCanonicalElement
    /// A step was used out of order: `verdicts` before `evaluate`'s shares met a response, or a second `finish`.
    case stepOutOfOrder
    /// The segment's file is not one, or is damaged.
    case damagedSegment
    /// The segment does not belong to the evaluator: another number of bits, another aggregator or another context.
    case segmentMismatch
    /// The operating system refused something of a file.
    case file(DurableFileError)
}
