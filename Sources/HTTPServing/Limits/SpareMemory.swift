import Synchronization

/// Memory of large bodies that were answered, for the next ones: fresh memory costs as much as a fifth of what an aggregator does
/// with a shard's request.
///
/// It is for those who showed a token. What nobody has used for a while is freed.
package final class SpareMemory: Sendable {
    /// Smaller bodies have memory that the allocator uses again by itself.
    package static let least = 4 << 20
    /// Arrays that are kept at most.
    private static let most = 2

    private struct State {
        var kept: [[UInt8]] = []
        /// How often something was given.
        var gifts = 0
    }

    private let state = Mutex(State())
    private let patience: Duration

    package init(patience: Duration = .seconds(10)) { self.patience = patience }

    /// An array without elements, with room for so many bytes; nil where there is none, or where it would be less than half used.
    package func take(_ count: Int) -> [UInt8]? {
        state.withLock { state in
            let fitting = state.kept.firstIndex { $0.capacity >= count && $0.capacity / 2 <= count }
            return fitting.map { state.kept.remove(at: $0) }
        }
    }

    /// Keeps a body's memory; the giver has no further use of it.
    package func give(_ body: consuming [UInt8]) {
        guard body.capacity >= Self.least else { return }
        var body = body
        // One that somebody else has still keeps its bytes, and this is an array of its own.
        body.removeAll(keepingCapacity: true)
        let gifts = state.withLock { state in
            if state.kept.count >= Self.most { state.kept.removeFirst() }
            state.kept.append(body)
            state.gifts += 1
            return state.gifts
        }
        Task { [self, patience] in
            // Nobody cancels it.
            try? await Task.sleep(for: patience)
            state.withLock { if $0.gifts == gifts { $0.kept = [] } }
        }
    }

    /// Bytes that are kept.
    package var room: Int { state.withLock { $0.kept.reduce(0) { $0 + $1.capacity } } }
}
