import PopulusDAP

extension AggregatorTask {
    /// The task's time in words, where its reports are bounded: `it takes reports of … until …`.
    private func words(_ interval: Interval) -> String {
        let precision = configuration.timePrecision
        let end = interval.end.map { $0.text(precision: precision) } ?? "for ever"
        return "it takes reports of \(interval.start.text(precision: precision)) until \(end)"
    }

    /// Whether the task has not begun, or has ended; nothing while it takes reports.
    package func intervalNote(at now: UInt64) -> String? {
        guard let interval = taskInterval else { return nil }
        let time = Time(secondsSinceEpoch: now, precision: configuration.timePrecision)
        guard !interval.contains(time) else { return nil }
        return time < interval.start
            ? "the task has not begun: \(words(interval))" : "the task has ended: \(words(interval))"
    }

    /// Whether the time of its reports is over.
    func isOver(at now: UInt64) -> Bool {
        guard let end = taskInterval?.end else { return false }
        return Time(secondsSinceEpoch: now, precision: configuration.timePrecision) >= end
    }

    /// Refuses a collection that can have no report: before the task begins, or of an interval outside of its time.
    func checkInterval(of query: Query, now: UInt64, _ settings: AggregatorSettings) throws(AggregatorError) {
        guard let interval = taskInterval else { return }
        let (latest, overflow) = now.addingReportingOverflow(settings.toleratedClockSkew)
        let time = Time(secondsSinceEpoch: overflow ? .max : latest, precision: configuration.timePrecision)
        guard time >= interval.start else {
            throw .problem(.batchInvalid, detail: "the task has not begun: \(words(interval))")
        }
        guard case .timeInterval(let asked) = query, let askedEnd = asked.end, let end = interval.end else { return }
        guard askedEnd > interval.start, asked.start < end else {
            throw .problem(.batchInvalid, detail: "the interval has none of the task's time: \(words(interval))")
        }
    }
}
