import Synchronization

/// Memory of init requests that were sent, for those of the step's other shards: fresh memory costs a tenth of what opening
/// their reports takes.
///
/// What is in it was sent to the Helper, or is overwritten.
package final class SpareBodies: Sendable {
    private let kept = Mutex<[[UInt8]]>([])

    package init() {}

    /// An array without elements, with as much room as one that was given before.
    package func take() -> [UInt8] {
        var body = kept.withLock { $0.popLast() } ?? []
        body.removeAll(keepingCapacity: true)
        return body
    }

    /// Keeps a request's memory; the giver has no further use of it.
    package func give(_ body: consuming [UInt8]) {
        let body = body
        kept.withLock { $0.append(body) }
    }

    /// Frees all that is kept, at the end of a step.
    func removeAll() { kept.withLock { $0 = [] } }
}
