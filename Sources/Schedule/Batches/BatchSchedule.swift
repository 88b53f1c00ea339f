import PopulusCollector

/// The batches of a schedule: stretches of one length, aligned to UTC, of which each is walked once it is over.
///
/// Times are seconds since the Epoch. A batch begins at a multiple of its length: with a day at midnight UTC.
package struct BatchSchedule: Hashable, Sendable {
    /// The longest batch, in seconds: 366 days.
    package static let longest: UInt64 = 366 * 86_400

    /// A batch's length in seconds, 1...``longest``.
    package let length: UInt64
    /// So many seconds after its end a batch is due.
    package let delay: UInt64
    /// So many batches are made up for at most.
    package let most: Int
    /// The time of the task's reports; batches outside of it there are none.
    package let bounds: Range<UInt64>

    package init(length: UInt64, delay: UInt64, most: Int, bounds: Range<UInt64> = 0..<UInt64.max) {
        self.length = min(max(1, length), Self.longest)
        self.delay = min(delay, Self.longest)
        self.most = max(1, most)
        self.bounds = bounds
    }

    /// The batch that a moment is in.
    package func batch(of second: UInt64) -> ResultFacts.Span {
        let start = min(second, .max - 2 * Self.longest) / length * length
        return ResultFacts.Span(start: start, end: start + length)
    }

    /// Whether a stretch of time is a batch of this schedule.
    package func has(_ span: ResultFacts.Span) -> Bool { span == batch(of: span.start) }

    /// The latest batch that is due; nothing before the first one is.
    package func latest(now: UInt64) -> ResultFacts.Span? {
        guard now >= delay + length else { return nil }
        // The moment before its end is in it.
        let last = batch(of: now - delay - length)
        guard last.start >= bounds.upperBound else { return last.end > bounds.lowerBound ? last : nil }
        guard bounds.upperBound > bounds.lowerBound else { return nil }
        return batch(of: bounds.upperBound - 1)
    }

    /// The batches that may be due, oldest first: not before `first`, and not more than ``most``.
    package func due(now: UInt64, first: UInt64) -> [ResultFacts.Span] {
        guard let latest = latest(now: now) else { return [] }
        let least = max(
            batch(of: first).start, batch(of: bounds.lowerBound).start,
            latest.start - min(latest.start, UInt64(most - 1) * length))
        guard least <= latest.start else { return [] }
        return stride(from: least, through: latest.start, by: Int(length)).map { batch(of: $0) }
    }

    /// The first batch that is due later; nothing where the task has no more.
    package func next(now: UInt64, first: UInt64) -> ResultFacts.Span? {
        let after = latest(now: now)?.end ?? batch(of: bounds.lowerBound).start
        let next = batch(of: max(after, batch(of: first).start))
        return next.start < bounds.upperBound ? next : nil
    }

    /// When a batch is due.
    package func moment(of batch: ResultFacts.Span) -> UInt64 { batch.end + delay }
}
