import Aggregator
import HTTPServing
import Logging
import ServiceLifecycle
import Synchronization

/// Says that this process lives, from before it claims anything until its work has ended.
///
/// What claims work, or takes requests that do, waits for ``isTold()``. Where there is no other process there is nothing to say.
final class Presence: Service {
    /// The store cannot be told that this process lives.
    struct Failure: Error {
        var cause: any Error
    }

    private let place: ReplicaPlace?
    private let server: InternalServer
    private let troubles: Troubles
    private let logger: Logger
    private let state = Mutex(State())

    private enum Outcome: Sendable {
        case alone
        /// With the address that others are told.
        case told(String)
        case failed
    }

    private struct State {
        /// Nothing until it is known.
        var outcome: Outcome?
        var waiters: [CheckedContinuation<Outcome, Never>] = []
    }

    /// - Parameter troubles: those of the process.
    init(_ place: ReplicaPlace?, listening server: InternalServer, troubles: Troubles, logger: Logger) {
        (self.place, self.server, self.troubles, self.logger) = (place, server, troubles, logger)
        if place == nil { settle(.alone) }
    }

    /// Waits until others know of this process; false if they never will.
    func isTold() async -> Bool { if case .failed = await settled() { false } else { true } }

    /// The address that others are told, once they are; nothing where there are none.
    func told() async -> String? { if case .told(let address) = await settled() { address } else { nil } }

    private func settled() async -> Outcome {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { state in
                if state.outcome == nil { state.waiters.append(continuation) }
                return state.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    private func settle(_ outcome: Outcome) {
        let waiters = state.withLock { state -> [CheckedContinuation<Outcome, Never>] in
            guard state.outcome == nil else { return [] }
            state.outcome = outcome
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: outcome) }
    }

    func run() async throws {
        defer { settle(.failed) }
        guard let place else {
            try await gracefulShutdown()
            return
        }
        guard let bound = await server.addresses() else {
            // It says by itself why there are none.
            try await gracefulShutdown()
            return
        }
        let address = place.address(bound: bound)
        let heartbeat = Heartbeat(place.replica, address: address, troubles: troubles)
        do { try await heartbeat.begin() } catch { throw Failure(cause: error) }
        logger.notice("one of several", metadata: ["listening": "\(bound.urls())", "told": "\(address)"])
        settle(.told(address))
        await cancelWhenGracefulShutdown { await heartbeat.run() }
    }
}

/// A service that begins when the other processes know of this one.
struct AfterPresence<Inner: Service>: Service {
    let presence: Presence
    let inner: Inner

    func run() async throws {
        guard await presence.isTold() else {
            // Whoever failed ends the process, and says why.
            try await gracefulShutdown()
            return
        }
        try await inner.run()
    }
}
