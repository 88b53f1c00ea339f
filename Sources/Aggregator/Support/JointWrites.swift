import Synchronization

/// Writes of several tasks that become durable together: each wait for the disk costs as much as some shards' evaluation.
///
/// Whoever will write takes a ``Seat``; what the seats bring is one transaction once all of them are there. Each write checks
/// for itself whatever must hold, as if it came alone: being together saves commits, and no rule rests on it.
final class JointWrites: Sendable {
    /// A write that waits, as far as this is about it.
    struct Entry: Sendable {
        let claim: Claim
        let body: @Sendable (any StoreTransaction) throws -> Void
        fileprivate let continuation: CheckedContinuation<Void, any Error>

        /// Writes what is waited for, in a transaction of several.
        func run(in transaction: any StoreTransaction) throws {
            try transaction.check(claim)
            try body(transaction)
        }

        func resume(_ result: Result<Void, any Error>) { continuation.resume(with: result) }
    }

    private struct State {
        /// Seats whose writes are still to come.
        var awaited = 0
        var isClosed = false
        var isAbandoned = false
        var entries: [Entry] = []
        var gathering: CheckedContinuation<Void, Never>?

        var isComplete: Bool { isAbandoned || (isClosed && awaited == 0) }

        /// Who is to be told that all are there.
        mutating func completed() -> CheckedContinuation<Void, Never>? {
            guard isComplete else { return nil }
            defer { gathering = nil }
            return gathering
        }
    }

    private let state = Mutex(State())

    /// A place for one more write.
    func seat() -> Seat {
        state.withLock { $0.awaited += 1 }
        return Seat(self)
    }

    /// Waits until every seat has brought its write, or none; gives the writes, which are the caller's to resume.
    ///
    /// No seat is taken any more.
    func gathered() async -> [Entry] {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                (state.isClosed, state.gathering) = (true, continuation)
                return state.completed()
            }
            ready?.resume()
        }
        return state.withLock { state in
            defer { state.entries = [] }
            return state.entries
        }
    }

    /// Refuses what waits and what comes, where nobody gathers it; after ``gathered()`` it does nothing.
    func abandon() {
        let (entries, ready) = state.withLock { state -> ([Entry], CheckedContinuation<Void, Never>?) in
            guard !state.isClosed else { return ([], nil) }
            state.isAbandoned = true
            defer { state.entries = [] }
            return (state.entries, state.completed())
        }
        for entry in entries { entry.resume(.failure(CancellationError())) }
        ready?.resume()
    }

    fileprivate func add(_ entry: Entry) {
        let (isRefused, ready) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !state.isAbandoned else { return (true, nil) }
            state.awaited -= 1
            state.entries.append(entry)
            return (false, state.completed())
        }
        if isRefused { entry.resume(.failure(CancellationError())) }
        ready?.resume()
    }

    fileprivate func leave() {
        let ready = state.withLock { state in
            state.awaited -= 1
            return state.completed()
        }
        ready?.resume()
    }

    /// A place for one write.
    final class Seat: Sendable {
        private let joint: JointWrites
        private let isTaken = Mutex(true)

        fileprivate init(_ joint: JointWrites) { self.joint = joint }

        /// Brings the write, and returns once it is durable.
        ///
        /// - Returns: false where the seat has brought one before, or was left: then the write is the caller's own.
        fileprivate func write(
            _ claim: Claim, _ body: @escaping @Sendable (any StoreTransaction) throws -> Void
        ) async throws -> Bool {
            guard give() else { return false }
            try await withCheckedThrowingContinuation { joint.add(Entry(claim: claim, body: body, continuation: $0)) }
            return true
        }

        /// Says that no write comes, unless it has come.
        func leave() { if give() { joint.leave() } }

        private func give() -> Bool {
            isTaken.withLock { isTaken in
                defer { isTaken = false }
                return isTaken
            }
        }
    }
}

extension Claims {
    /// Writes what belongs to some work, with others' where there is a seat for it.
    ///
    /// - Throws: `ClaimLost` where another process has taken the work.
    func write(
        _ name: StaticString, _ claim: Claim, in seat: JointWrites.Seat?,
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Void
    ) async throws {
        do {
            if let seat, try await seat.write(claim, body) { return }
        } catch let lost as ClaimLost {
            drop(lost.work)
            throw lost
        }
        try await write(name, claim, body)
    }
}

extension TaskStore {
    /// Writes what was gathered, in one transaction; where one of the writes is refused, each by itself.
    ///
    /// - Parameters:
    ///   - single: the name of each write by itself, where that is another one.
    ///   - last: what is done after them in the same transaction.
    /// - Returns: what `last` gives; nothing where there was no such transaction.
    func write<T: Sendable>(
        _ name: StaticString, _ entries: [JointWrites.Entry], orEach single: StaticString? = nil,
        last: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async -> T? {
        guard !entries.isEmpty else { return nil }
        let isRefused = Mutex(false)
        do {
            let value = try await write(name) { transaction in
                do {
                    for entry in entries { try entry.run(in: transaction) }
                    let value = try last(transaction)
                    isRefused.withLock { $0 = false }
                    return value
                } catch {
                    isRefused.withLock { $0 = true }
                    throw error
                }
            }
            for entry in entries { entry.resume(.success(())) }
            return value
        } catch {
            if isRefused.withLock({ $0 }) || !(error is StoreError) {
                // Each by itself finds out which one it is.
                await writeEach(single ?? name, entries)
            } else {
                // What came of it is not known: whoever wrote it looks, as after any such failure.
                for entry in entries { entry.resume(.failure(error)) }
            }
        }
        return nil
    }

    /// Writes what was gathered, each in a transaction of its own.
    func writeEach(_ name: StaticString, _ entries: [JointWrites.Entry]) async {
        for entry in entries {
            do {
                try await write(name) { try entry.run(in: $0) }
                entry.resume(.success(()))
            } catch {
                entry.resume(.failure(error))
            }
        }
    }
}
