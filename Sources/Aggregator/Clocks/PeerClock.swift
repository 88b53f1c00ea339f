import Logging
import PopulusDAP
import Synchronization

/// What one aggregator says to the other of its clock, and what it hears of the other's; the log names a difference once.
package final class PeerClock: Sendable {
    /// What was heard last is good for so long.
    private static let freshFor = Duration.seconds(30)

    private struct State {
        /// By how many seconds the other clock is ahead of this one, and how far ahead of it times may be.
        var heard: (ahead: Int64, tolerance: UInt64)?
        var heardAt: ContinuousClock.Instant?
        /// Whether the log says that the clocks differ.
        var isWarned = false
    }

    private let role: Role
    private let tolerance: UInt64
    private let clock: any AggregatorClock
    private let logger: Logger
    private let task: TaskID
    private let state = Mutex(State())

    /// - Parameters:
    ///   - role: this aggregator's.
    ///   - tolerance: how far ahead of this clock a report's time may be, in seconds.
    package init(
        role: Role, task: TaskID, tolerance: UInt64, clock: any AggregatorClock = SystemClock(), logger: Logger
    ) {
        self.role = role
        self.task = task
        self.tolerance = tolerance
        self.clock = clock
        self.logger = logger
    }

    /// What is true now.
    package var statement: ClockStatement { ClockStatement(now: clock.now, tolerance: tolerance) }

    /// Takes the other's word; `statement` is nothing where it gave none.
    package func hear(_ statement: ClockStatement?) {
        guard let statement else { return }
        hear(now: statement.now, tolerance: statement.tolerance)
    }

    /// Takes what is known of the other's clock; where nothing is said of how far ahead times may be, it is as here.
    package func hear(now: UInt64, tolerance: UInt64? = nil) {
        let ahead = Int64(clamping: now) - Int64(clamping: clock.now)
        let differs = ahead.magnitude > max(5, self.tolerance / 2)
        let isNews = state.withLock { state in
            state.heard = (ahead, tolerance ?? self.tolerance)
            state.heardAt = .now
            defer { state.isWarned = differs }
            return state.isWarned != differs
        }
        guard isNews else { return }
        let metadata: Logger.Metadata = ["task": "\(task)", "seconds": "\(ahead)"]
        guard differs else { return logger.notice("the clocks of both aggregators agree again", metadata: metadata) }
        let words = ClockDifference(helperAhead: role == .leader ? ahead : -ahead).words
        logger.warning(
            "\(words): set the wrong one right; what lies more than \(self.tolerance) s ahead of a clock is not taken there",
            metadata: metadata)
    }

    /// By how many seconds the other clock is ahead of this one by its latest word, if there was one.
    var ahead: Int64? { state.withLock { $0.heard?.ahead } }

    /// The Helper's clock as the Leader knows it, if it was heard of just now.
    package var fresh: HelperClock? {
        state.withLock { state in
            guard let heard = state.heard, let at = state.heardAt, at.duration(to: .now) < Self.freshFor else {
                return nil
            }
            return HelperClock(offset: heard.ahead, tolerance: heard.tolerance)
        }
    }
}
