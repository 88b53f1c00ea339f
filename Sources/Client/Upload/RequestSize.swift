import Synchronization

/// How many reports go into a request: fewer once one was refused for its size, until one goes alone.
final class RequestSize: Sendable {
    private struct State {
        var reports: Int
        var isNew = false
    }

    private let state: Mutex<State>

    init(reports: Int) {
        state = Mutex(State(reports: max(1, reports)))
    }

    /// The most reports of a request.
    var reports: Int { state.withLock { $0.reports } }

    /// A request of so many reports, more than one, was too large.
    func refuse(_ reports: Int) {
        state.withLock { state in
            guard reports / 2 < state.reports else { return }
            state = State(reports: max(1, reports / 2), isNew: true)
        }
    }

    /// A request of so many reports was taken; whether that is the first after larger ones were refused.
    func take(_ reports: Int) -> Bool {
        state.withLock { state in
            guard state.isNew, reports <= state.reports else { return false }
            state.isNew = false
            return true
        }
    }
}
