import PopulusEvents
import Synchronization

/// Hands events on, and the wait for an interval's end, which a run tells every second, once.
final class WaitOnce<Event: RunEvent>: EventListener {
    private let told = Mutex(false)
    private let handOn: @Sendable (Event) -> Void

    init(_ handOn: @escaping @Sendable (Event) -> Void) {
        self.handOn = handOn
    }

    func hear(_ event: Event) {
        if event.isIntervalWait {
            let isFirst = told.withLock { told in
                defer { told = true }
                return !told
            }
            guard isFirst else { return }
        }
        handOn(event)
    }
}

/// What comes of a run's work, as a value.
func outcome<Value>(
    _ body: () async throws(CollectorError) -> Value
) async -> Result<Value, CollectorError> {
    do throws(CollectorError) {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}
