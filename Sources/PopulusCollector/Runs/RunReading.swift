import Synchronization

/// A run, as its reader's sequence has it begun.
protocol RunWork<Event>: Sendable {
    associatedtype Event: Sendable

    /// Runs to the end; nothing of it is under way when it returns.
    func run(telling channel: RunChannel<Event>) async -> Result<any RunSettlement, CollectorFailure>
}

/// What remains to be done once the reader of a run has its result.
protocol RunSettlement: Sendable {
    /// Lets go of what is kept of the run: the result cannot be had again.
    func settle() async throws(CollectorFailure)
}

/// A run that is read once, or not at all.
final class UnreadRun<Work: RunWork>: Sendable {
    private let work: Mutex<Work?>

    init(_ work: Work) {
        self.work = Mutex(work)
    }

    /// Nothing for all but the first.
    func take() -> RunReading<Work>? {
        let taken = work.withLock { work in
            defer { work = nil }
            return work
        }
        return taken.map { RunReading($0) }
    }
}

/// One reading of a run, which begins with the first event that is asked for.
///
/// The run does not wait for its reader. It ends when its reader's task is cancelled, and when nobody has the reading any
/// more; either way its state stays.
final class RunReading<Work: RunWork>: Sendable {
    private let work: Work
    private let channel = RunChannel<Work.Event>()
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ work: Work) {
        self.work = work
    }

    deinit { cancel() }

    /// The next event; nothing after the last one, once the run is settled.
    ///
    /// Who asks for what comes after the result has it in safety: only then is the run settled.
    func next() async throws(CollectorFailure) -> Work.Event? {
        begin()
        let taken = await withTaskCancellationHandler {
            await channel.next()
        } onCancel: {
            cancel()
        }
        switch taken {
        case .event(let event): return event
        case .end(.failure(let failure)): throw failure
        case .end(.success(let settlement)):
            // Whoever was cancelled may have dropped the result.
            guard !Task.isCancelled else { throw CollectorFailure(.cancelled, remains: .unfinished) }
            try await settlement.settle()
            return nil
        case .nothing: return nil
        }
    }

    private func begin() {
        task.withLock { task in
            guard task == nil else { return }
            task = Task { [channel, work] in channel.end(await work.run(telling: channel)) }
        }
    }

    private func cancel() { task.withLock { $0?.cancel() } }
}

/// What a run tells, kept for a reader who may be slower: some events a step, whatever the number of strings.
final class RunChannel<Event: Sendable>: Sendable {
    /// What a reader takes.
    enum Taken: Sendable {
        case event(Event)
        /// How the run ended; taken once.
        case end(Result<any RunSettlement, CollectorFailure>)
        case nothing
    }

    private struct State {
        var events: [Event] = []
        var end: Result<any RunSettlement, CollectorFailure>?
        var hasEnded = false
        var readers: [CheckedContinuation<Void, Never>] = []

        /// Nothing while the run has nothing to tell.
        mutating func take() -> Taken? {
            if !events.isEmpty { return .event(events.removeFirst()) }
            guard hasEnded else { return nil }
            defer { end = nil }
            return end.map { .end($0) } ?? .nothing
        }
    }

    private let state = Mutex(State())

    func tell(_ event: Event) {
        wake { $0.events.append(event) }
    }

    func end(_ how: Result<any RunSettlement, CollectorFailure>) {
        wake { state in
            state.end = how
            state.hasEnded = true
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let readers = state.withLock { state in
            change(&state)
            defer { state.readers = [] }
            return state.readers
        }
        for reader in readers { reader.resume() }
    }

    /// Waits for the run; not for the reader's own cancellation, which ends the run and so comes here as its end.
    func next() async -> Taken {
        while true {
            if let taken = state.withLock({ $0.take() }) { return taken }
            await withCheckedContinuation { reader in
                let isLate = state.withLock { state in
                    let isLate = !state.events.isEmpty || state.hasEnded
                    if !isLate { state.readers.append(reader) }
                    return isLate
                }
                if isLate { reader.resume() }
            }
        }
    }
}
