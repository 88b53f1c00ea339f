import Synchronization

/// Whether the Helper refuses some reports, or everything: a verification key that it lacks, another configuration.
///
/// A report is dropped only if another job has succeeded since jobs were last refused that were new.
final class HelperRefusals: Sendable {
    private struct State {
        var successes = 0
        /// Successes when a job of fresh reports was last refused.
        var successesBefore = 0
        /// Reports withheld since the last success.
        var withheld = 0
    }

    private let state = Mutex(State())

    func jobSucceeded() {
        state.withLock { state in
            state.successes += 1
            state.withheld = 0
        }
    }

    /// Counts a refused job; true if its reports are to be kept although it was their last attempt.
    ///
    /// - Parameters:
    ///   - isFirst: its reports were in no job before.
    ///   - isLast: they would be dropped.
    func withholds(isFirst: Bool, isLast: Bool) -> Bool {
        state.withLock { state in
            if isFirst { state.successesBefore = state.successes }
            guard isLast, state.successes == state.successesBefore else { return false }
            state.withheld += 1
            return true
        }
    }

    /// How many times the usual pause to wait: up to 64.
    var pauses: Int { state.withLock { 1 << min($0.withheld, 6) } }
}
