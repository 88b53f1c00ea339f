import PopulusDAP

/// What every result says of itself, whatever was measured; times in seconds since the Epoch.
package struct ResultFacts: Hashable, Sendable {
    /// The version of the program that made it.
    package var version: String
    package var task: TaskID
    /// The name of the scheme.
    package var vdaf: String
    package var batchMode: BatchMode
    /// The interval that was asked for, in the time-interval mode; its end is not in it.
    package var asked: Span?
    /// The smallest interval with all reports, by what the Leader says; its end is not in it.
    package var interval: Span?
    package var began: UInt64?
    package var ended: UInt64
    /// The reports that were counted.
    package var reports: UInt64
    /// The reports that the aggregators rejected, by party and reason, late ones too; nothing where they were not told, which
    /// is not the same as none.
    package var rejections: [RejectedReports]?

    /// A stretch of time.
    package struct Span: Hashable, Sendable, Codable {
        package var start: UInt64
        package var end: UInt64

        package init(start: UInt64, end: UInt64) {
            self.start = start
            self.end = end
        }

        /// Nil for an interval that has no end.
        package init?(_ interval: Interval, precision: TimePrecision) {
            guard interval.isWellFormed, let last = interval.end else { return nil }
            start = interval.start.secondsSinceEpoch(precision: precision)
            end = last.secondsSinceEpoch(precision: precision)
        }

        /// The interval of a query that names one.
        package init?(_ query: Query, precision: TimePrecision) {
            guard case .timeInterval(let interval) = query else { return nil }
            self.init(interval, precision: precision)
        }
    }

    package init(
        version: String, task: TaskID, vdaf: String, batchMode: BatchMode, asked: Span?, interval: Span?,
        began: UInt64?, ended: UInt64, reports: UInt64, rejections: [RejectedReports]? = nil
    ) {
        self.version = version
        self.task = task
        self.vdaf = vdaf
        self.batchMode = batchMode
        self.asked = asked
        self.interval = interval
        self.began = began
        self.ended = ended
        self.reports = reports
        self.rejections = rejections
    }
}

extension BatchMode {
    /// The name in results, and for people who choose one.
    package var name: String {
        switch self {
        case .leaderSelected: "leader-selected"
        case .timeInterval: "time-interval"
        }
    }
}
