import PopulusCollector
import PopulusEvents
import Synchronization

/// Ends a wait after a time in which nothing was answered.
final class WaitLimit: Sendable {
    private struct State {
        var deadline: ContinuousClock.Instant?
        var isOver = false
    }

    /// Nothing: no limit.
    private let limit: Seconds?
    private let state = Mutex(State())

    init(_ options: WaitOptions) { limit = options.maxWait }

    /// Whether the time is over.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// What is told when it is.
    var text: String { "gave up: \(limit.map { "\($0)" } ?? "") without an answer (--max-wait); nothing is lost" }

    /// The time begins, or begins anew since there was an answer.
    private func progressed() {
        guard let limit else { return }
        let deadline = ContinuousClock.now + .seconds(Int64(clamping: min(limit.value, 1 << 31)))
        state.withLock { $0.deadline = deadline }
    }

    /// The time of a walk: each step has its own, and none is over before the interval is.
    var ofWalk: Hearing<WalkEvent> {
        Hearing { [self] event in
            switch event {
            case .started(let start) where start.waitsUntil == nil: progressed()
            case .waitIsOver(.interval), .asking, .answered: progressed()
            default: break
            }
        }
    }

    /// The time of a collection.
    var ofBatch: Hearing<BatchEvent> {
        Hearing { [self] event in
            switch event {
            case .started(let start) where start.waitsUntil == nil: progressed()
            case .waitIsOver(.interval): progressed()
            default: break
            }
        }
    }

    /// Runs a body as a task that is cancelled when the time is over.
    func running<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        guard limit != nil else { return await body() }
        let task = Task { await body() }
        let watch = Task {
            try await self.end()
            task.cancel()
        }
        defer { watch.cancel() }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Waits for the end of the time.
    private func end() async throws {
        while true {
            let rest = state.withLock { state -> Duration? in
                guard let deadline = state.deadline else { return .milliseconds(200) }
                let rest = deadline - .now
                if rest <= .zero { state.isOver = true }
                return rest <= .zero ? nil : min(rest, .milliseconds(500))
            }
            guard let rest else { return }
            try await Task.sleep(for: rest)
        }
    }
}
