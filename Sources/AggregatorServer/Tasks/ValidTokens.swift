import Synchronization

/// The tokens that are valid now, by SHA-256 of each: several, where one takes the place of another.
///
/// They may change while requests are answered. A process that has not heard for a while which there are says "not now" to a
/// token that it does not know, and never "no": who is told no may give up.
package final class ValidTokens: Sendable {
    private let state: Mutex<[[UInt8]]>
    private let stale: @Sendable () -> Bool

    /// - Parameters:
    ///   - digests: the SHA-256 hash of each token's characters.
    ///   - isStale: whether this process may have missed a change; asked for with each token that is not known.
    package init(_ digests: [[UInt8]], isStale: @escaping @Sendable () -> Bool = { false }) {
        state = Mutex(digests)
        stale = isStale
    }

    package var digests: [[UInt8]] {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    var isStale: Bool { stale() }
}
