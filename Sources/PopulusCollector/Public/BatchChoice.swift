import Foundation
import PopulusDAP

/// Which batch is asked for.
public struct BatchChoice: Hashable, Sendable {
    /// What to do with an interval that is not over.
    ///
    /// A collection closes its interval: reports of it that come later are refused.
    @nonexhaustive
    public enum WhileOpen: Hashable, Sendable {
        /// Ask nothing; the run ends with ``CollectorFailure/Reason/intervalOpen(until:)``.
        case refuse
        /// Wait until it is over, by this machine's clock.
        case wait
        /// Take what lies before now, rounded down to the task's time precision; the rest stays for a later one.
        case cut
    }

    let since: Date?
    let until: Date?
    let whileOpen: WhileOpen

    /// The next batch of a task whose Leader selects batches.
    public static let next = BatchChoice(since: nil, until: nil, whileOpen: .refuse)

    /// An interval of time; both ends are multiples of ``CollectorTask/timePrecision``.
    ///
    /// - Parameters:
    ///   - since: the first moment.
    ///   - until: the first moment after it.
    ///   - whileOpen: what to do while it is not over.
    public static func interval(
        since: Date, until: Date, whileOpen: WhileOpen = .refuse
    ) -> BatchChoice {
        BatchChoice(since: since, until: until, whileOpen: whileOpen)
    }
}

extension BatchChoice {
    /// The ends in seconds since the Epoch; nothing for the next batch.
    func ends() throws(CollectorFailure) -> (since: UInt64?, until: UInt64?) {
        (try since.map(Self.seconds), try until.map(Self.seconds))
    }

    private static func seconds(_ date: Date) throws(CollectorFailure) -> UInt64 {
        guard let seconds = UInt64(exactly: date.timeIntervalSince1970) else {
            throw CollectorFailure(.invalidRequest("an interval's ends are whole seconds from the Epoch on"))
        }
        return seconds
    }

    /// The query for a task's batch mode.
    func query(for configuration: TaskConfiguration) throws(CollectorFailure) -> Query {
        let (since, until) = try ends()
        do throws(BatchQueryError) {
            return try BatchQuery(since: since, until: until).query(for: configuration)
        } catch {
            throw CollectorFailure(.invalidRequest(error.words))
        }
    }

    /// What comes of a new batch now; times in seconds since the Epoch.
    ///
    /// - Returns: where an interval is cut, and until when is waited first; nothing for what is asked as it is.
    func timing(
        of query: Query, precision: TimePrecision, now: UInt64
    ) throws(CollectorFailure) -> (cutAt: UInt64?, waitsUntil: UInt64?) {
        guard case .open(let end, let cut) = IntervalTiming(query, precision: precision, now: now) else {
            return (nil, nil)
        }
        switch whileOpen {
        case .wait: return (nil, end)
        case .cut: if let cut { return (cut, nil) }
        case .refuse: break
        }
        throw CollectorFailure(.intervalOpen(until: Date(timeIntervalSince1970: Double(end))))
    }
}

extension BatchQueryError {
    /// One sentence for people.
    fileprivate var words: String {
        switch self {
        case .intervalMissing: return "the task's batches are intervals of time: ask for one"
        case .noInterval: return "the task's Leader selects the batches: ask for the next one"
        case .empty: return "the interval ends before it begins, or where it begins"
        case .notAMultiple(let bound, let before, let after):
            let which = bound == .since ? "begins" : "ends"
            let near = ([before] + (after.map { [$0] } ?? [])).map { Time.text(secondsSinceEpoch: $0) }
            return "the interval \(which) at no multiple of the task's time precision; near it are "
                + near.joined(separator: " and ")
        }
    }
}
