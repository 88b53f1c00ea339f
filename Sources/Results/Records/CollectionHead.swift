import PopulusCollector

/// What a list says of a kept collection: which it is, and none of its numbers.
package struct CollectionHead: Hashable, Sendable {
    package let key: KeptCollection.Key
    /// The time of the reports.
    package let interval: ResultFacts.Span
    package let began: UInt64?
    package let ended: UInt64
    package let reports: UInt64
    /// How many.
    package let numbers: Int

    /// Those of earlier reports first, whenever they were collected.
    package static func precedes(_ one: CollectionHead, _ other: CollectionHead) -> Bool {
        (one.interval.end, one.ended, one.began ?? 0, one.key.description)
            < (other.interval.end, other.ended, other.began ?? 0, other.key.description)
    }
}
