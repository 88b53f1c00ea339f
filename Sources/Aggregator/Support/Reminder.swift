/// Decides what of a trouble that lasts is worth a line: its beginning, each reason once, and a reminder an hour.
struct Reminder: Sendable {
    enum Word: Sendable, Equatable {
        /// It begins, or has a reason that was not told yet.
        case told
        /// It goes on, an hour after the last line.
        case reminded
        /// Not worth a line.
        case repeated
    }

    /// Seconds between two lines of one trouble with nothing new in it.
    static let pause: UInt64 = 3600
    /// So many reasons of one trouble have lines of their own.
    private static let greatestReasons = 4

    /// When it began, in seconds since the Epoch.
    let since: UInt64
    private var reasons: Set<String> = []
    private var lastLine: UInt64 = 0

    init(since: UInt64) { self.since = since }

    mutating func word(on reason: String, at now: UInt64) -> Word {
        if reasons.count < Self.greatestReasons, reasons.insert(reason).inserted {
            lastLine = now
            return .told
        }
        guard now >= lastLine + Self.pause else { return .repeated }
        lastLine = now
        return .reminded
    }
}
