import Synchronization

/// What has arrived since the last job was planned: whether it is time for the next one.
final class Arrivals: Sendable {
    private struct State {
        var reports = 0
        var bytes = 0
        /// A tick of the clock has passed since the first of them.
        var hasAged = false
        /// What the store holds is to be looked at, whatever arrived.
        var isUrgent = true
    }

    private let state = Mutex(State())

    /// Counts reports in; true if they make a whole job.
    func add(reports: Int, bytes: Int, settings: AggregatorSettings) -> Bool {
        state.withLock { state in
            state.reports += reports
            state.bytes += bytes
            if state.reports >= settings.greatestJobReports || state.bytes >= settings.greatestJobBytes {
                state.isUrgent = true
            }
            return state.isUrgent
        }
    }

    func hurry() { state.withLock { $0.isUrgent = true } }

    /// Lets time pass; true if something has waited long enough.
    func tick() -> Bool {
        state.withLock { state in
            guard state.reports > 0 else { return state.isUrgent }
            if state.hasAged { state.isUrgent = true }
            state.hasAged = true
            return state.isUrgent
        }
    }

    /// Whether it is time for a job; if so, counting begins anew.
    func take() -> Bool {
        state.withLock { state in
            guard state.isUrgent else { return false }
            state = State(isUrgent: false)
            return true
        }
    }
}
