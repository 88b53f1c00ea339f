import Synchronization

/// Those who wait for something with a name to change: a request that polls a collection job is held here instead of
/// asking the store again and again.
package final class Waiters<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var nextNumber: UInt64 = 0
        var streams: [Key: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// A stream with an element for the changes of `key` from now on (several may become one).
    ///
    /// Subscribe before looking at the thing, so that no change in between is lost. The subscription ends with its
    /// iteration's cancellation.
    package func changes(of key: Key) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextNumber += 1
            state.streams[key, default: [:]][state.nextNumber] = continuation
            return state.nextNumber
        }
        continuation.onTermination = { [self] _ in
            state.withLock { state in
                state.streams[key]?[number] = nil
                if state.streams[key]?.isEmpty == true { state.streams[key] = nil }
            }
        }
        return stream
    }

    /// Wakes everyone who waits for `key`.
    package func notify(_ key: Key) {
        let streams = state.withLock { $0.streams[key].map { Array($0.values) } ?? [] }
        for stream in streams { stream.yield() }
    }

    /// Wakes everyone.
    package func notifyAll() {
        let streams = state.withLock { $0.streams.values.flatMap(\.values) }
        for stream in streams { stream.yield() }
    }
}

extension AsyncStream<Void> {
    /// Waits for the next element after which there is nothing to wait for, at most `limit`.
    func next(
        waitingUpTo limit: Duration, on clock: any AggregatorClock,
        until isOver: @escaping @Sendable () async -> Bool = { true }
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in self where await isOver() { return }
            }
            group.addTask { await clock.pause(limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
