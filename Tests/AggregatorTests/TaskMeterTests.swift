import Aggregator
import PopulusDAP
import Testing

/// What is remembered of walks whose end nobody asks for.
@Suite struct TaskMeterTests {
    /// Of a server whose metrics nobody reads the latest walks are known, however many came before.
    @Test func theLatestWalksAreKnown() {
        let meter = TaskMeter()
        let walks = (0..<(TaskMeter.greatestCount + 10)).map { _ in WalkID.random() }
        for (index, walk) in walks.enumerated() {
            meter.answered(walk, candidates: 2, reports: 10, now: UInt64(index + 1))
            #expect(meter.answerTime(of: walk) == UInt64(index + 1))
            // One that goes on all the time is not an old one.
            meter.answered(walks[0], candidates: 2, reports: 10, now: 1_000_000 + UInt64(index))
        }
        #expect(meter.answerTime(of: walks[0]) == 1_000_000 + UInt64(walks.count - 1))
        #expect(meter.answerTime(of: walks[1]) == nil)
        #expect(meter.answerTime(of: walks[walks.count - 1]) == UInt64(walks.count))
        // Nothing of a walk that goes on is told.
        #expect(meter.numbers.candidates.count == 0 && meter.numbers.reports.count == 0)
    }
}
