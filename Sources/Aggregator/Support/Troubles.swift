import Logging
import PopulusDAP
import Synchronization

/// What goes wrong again and again until somebody mends it, or it passes: a full disk, a key that is gone.
///
/// The beginning is logged, each reason once, then a reminder an hour, and the end; what lies between is there at the level
/// `debug`, and counted.
package final class Troubles: Sendable {
    private struct Key: Hashable {
        var text: String
        var subject: String
    }

    private struct State {
        var open: [Key: Reminder] = [:]
        var counts: [String: UInt64] = [:]
    }

    /// So many are remembered; with more, the oldest is told anew.
    private static let greatestCount = 256

    private let clock: any AggregatorClock
    private let logger: Logger
    private let task: TaskID?
    private let state = Mutex(State())

    package init(of task: TaskID?, clock: any AggregatorClock = SystemClock(), logger: Logger) {
        self.task = task
        self.clock = clock
        self.logger = logger
    }

    /// Notes that something went wrong.
    ///
    /// - Parameters:
    ///   - subject: what it is about, if one trouble can have several.
    ///   - reason: in a line of its own once for each trouble.
    package func note(
        _ text: String, about subject: String = "", reason: String = "", level: Logger.Level = .error,
        metadata: Logger.Metadata = [:]
    ) {
        let now = clock.now
        let word = state.withLock { state in
            state.counts[text, default: 0] += 1
            let key = Key(text: text, subject: subject)
            var reminder = state.open[key] ?? Reminder(since: now)
            let word = reminder.word(on: reason, at: now)
            if state.open[key] == nil, state.open.count >= Self.greatestCount,
                let oldest = state.open.min(by: { $0.value.since < $1.value.since })
            {
                state.open[oldest.key] = nil
            }
            state.open[key] = reminder
            return word
        }
        var metadata = metadata
        if let task { metadata["task"] = "\(task)" }
        if !reason.isEmpty { metadata["reason"] = "\(reason)" }
        switch word {
        case .told: logger.log(level: level, "\(text)", metadata: metadata)
        case .reminded: logger.log(level: level, "still so: \(text)", metadata: metadata)
        case .repeated: logger.debug("\(text)", metadata: metadata)
        }
    }

    /// Notes that it goes well (again): nothing is said where nothing was wrong.
    package func end(_ text: String, about subject: String = "", metadata: Logger.Metadata = [:]) {
        let ended = state.withLock { $0.open.removeValue(forKey: Key(text: text, subject: subject)) }
        guard let ended else { return }
        var metadata = metadata
        if let task { metadata["task"] = "\(task)" }
        metadata["seconds"] = "\(clock.now - min(clock.now, ended.since))"
        logger.notice("no longer so: \(text)", metadata: metadata)
    }

    /// How often each was noted since the process began, for `/metrics`.
    package var counts: [String: UInt64] { state.withLock { $0.counts } }
}
