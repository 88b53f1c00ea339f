import Logging
import PopulusDAP
import Synchronization

/// What a Leader knows of its Helper: from looking after it, and from the requests of its work.
///
/// A change is logged once, as a warning, and the way back once; while it lasts there is a line an hour, and one for each
/// reason that was not told yet.
package final class PeerWatch: Sendable {
    fileprivate struct Fault {
        var reason: String
        var since: UInt64
        var isCertain = false
        /// Whether it answered that it does not want this Leader, this task or its store.
        var refuses = false
    }

    fileprivate struct State {
        var hasLooked = false
        /// The task's work is over: nobody needs the Helper any more.
        var isOver = false
        var unchecked: [String] = []
        var look: Fault?
        /// Requests without an answer so far.
        var asking: [UInt64: Fault] = [:]
        var nextRequest: UInt64 = 0
        var failures: UInt64 = 0
        var lastAnswer: UInt64 = 0
        var lastLook: UInt64 = 0
        /// When the present state began.
        var since: UInt64?
        var fault: Reminder?
    }

    /// For so long a request may fail before it counts, in seconds: a Helper that is busy for a moment is not away.
    private static let patience: UInt64 = 2
    private static let text = "the Helper does not answer as it should; trying again"

    private let task: TaskID
    private let clock: any AggregatorClock
    private let logger: Logger
    private let state = Mutex(State())

    package init(of task: TaskID, clock: any AggregatorClock, logger: Logger) {
        self.task = task
        self.clock = clock
        self.logger = logger
    }

    /// What is known now.
    package var status: PeerStatus {
        let now = clock.now
        return state.withLock { state in
            if state.isOver { return PeerStatus(state: .unknown) }
            if let reason = state.reason(at: now, after: Self.patience) {
                return PeerStatus(
                    state: .fault, reason: reason, since: state.fault?.since ?? state.begin,
                    refuses: state.look?.refuses == true ? true : nil)
            }
            return PeerStatus(
                state: state.hasLooked || state.lastAnswer > 0 ? .ok : .unknown, since: state.since,
                unchecked: state.unchecked.isEmpty ? nil : state.unchecked)
        }
    }

    /// How many requests and looks failed since the process began, for `/metrics`.
    package var failures: UInt64 { state.withLock { $0.failures } }

    /// Whether nobody looks after the Helper any more.
    package var isOver: Bool { state.withLock { $0.isOver } }

    /// Ends the watch, with the task's work: the Helper may go, and nobody is told of it.
    package func end() { state.withLock { $0.isOver = true } }

    // MARK: Looks

    /// Notes what a look has found.
    ///
    /// - Parameters:
    ///   - reason: what is wrong; nothing if all is well.
    ///   - isAnswer: whether somebody answered, in the wrong way. What the work has shown since the last look counts for
    ///     more then: a proxy may let only some paths pass.
    ///   - refuses: whether that answer is the Helper's own word that waiting does not change.
    ///   - unchecked: what this Helper does not tell.
    package func looked(_ reason: String?, isAnswer: Bool = false, refuses: Bool = false, unchecked: [String] = []) {
        update { state, now in
            let isContradicted = isAnswer && state.hasLooked && state.lastAnswer > state.lastLook
            state.hasLooked = true
            state.lastLook = now
            state.unchecked = unchecked
            if reason != nil { state.failures += 1 }
            if reason != nil, isContradicted { return }
            state.look = reason.map { Fault(reason: $0, since: state.look?.since ?? now, refuses: refuses) }
        }
    }

    // MARK: Requests

    /// A name for a request that is about to be sent, again and again if need be.
    package func beginRequest() -> UInt64 {
        state.withLock { state in
            state.nextRequest += 1
            return state.nextRequest
        }
    }

    /// A request was not answered, and is sent again.
    ///
    /// - Parameter isCertain: whether it is no moment's matter.
    package func failed(_ request: UInt64, _ reason: String, isCertain: Bool = false) {
        update { state, now in
            state.failures += 1
            let known = state.asking[request]
            state.asking[request] = Fault(
                reason: reason, since: known?.since ?? now, isCertain: isCertain || known?.isCertain ?? false)
        }
    }

    /// A request has ended: answered by the Helper of this task, or needed no more.
    package func ended(_ request: UInt64, answered: Bool) {
        update { state, now in
            state.asking[request] = nil
            guard answered else { return }
            state.lastAnswer = now
            state.look = nil
        }
    }

    private func update(_ change: (inout State, _ now: UInt64) -> Void) {
        let now = clock.now
        let line = state.withLock { state -> (level: Logger.Level, text: String, metadata: Logger.Metadata)? in
            guard !state.isOver else { return nil }
            change(&state, now)
            return state.line(at: now, after: Self.patience, Self.text)
        }
        guard let line else { return }
        logger.log(level: line.level, "\(line.text)", metadata: line.metadata.merging(["task": "\(task)"]) { $1 })
    }
}

extension PeerWatch.State {
    /// What is wrong, if it has been so for long enough.
    fileprivate func reason(at now: UInt64, after patience: UInt64) -> String? {
        look?.reason
            ?? asking.values.filter { $0.isCertain || now >= $0.since + patience }.min { $0.since < $1.since }?.reason
    }

    fileprivate var begin: UInt64? {
        (asking.values.map(\.since) + (look.map { [$0.since] } ?? [])).min()
    }

    /// What is to be logged now.
    fileprivate mutating func line(
        at now: UInt64, after patience: UInt64, _ text: String
    ) -> (level: Logger.Level, text: String, metadata: Logger.Metadata)? {
        guard let reason = reason(at: now, after: patience) else {
            guard let ended = fault else {
                if since == nil, hasLooked || lastAnswer > 0 { since = now }
                return nil
            }
            fault = nil
            since = now
            return (
                .notice, "the Helper answers as it should again", ["seconds": "\(now - Swift.min(now, ended.since))"]
            )
        }
        var reminder = fault ?? Reminder(since: begin ?? now)
        let word = reminder.word(on: reason, at: now)
        fault = reminder
        return switch word {
        case .told: (.warning, text, ["reason": "\(reason)"])
        case .reminded:
            (.warning, text, ["reason": "\(reason)", "since": "\(Time.text(secondsSinceEpoch: reminder.since))"])
        case .repeated: (.debug, text, ["reason": "\(reason)"])
        }
    }
}
