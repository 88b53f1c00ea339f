import Foundation
import PopulusCollector
import PopulusDAP
import Schedule
import Testing

/// Which batches are due, and what is remembered of them.
@Suite struct BatchScheduleTests {
    private static let day: UInt64 = 86_400

    private static func starts(_ spans: [ResultFacts.Span]) -> [UInt64] { spans.map { $0.start / day } }

    @Test func batchesAreAlignedToUTC() {
        let schedule = BatchSchedule(length: Self.day, delay: 60, most: 31)
        let batch = schedule.batch(of: 20_000 * Self.day + 5)
        #expect(batch == ResultFacts.Span(start: 20_000 * Self.day, end: 20_001 * Self.day))
        #expect(schedule.has(batch))
        #expect(!schedule.has(ResultFacts.Span(start: batch.start + 1, end: batch.end + 1)))
        #expect(!schedule.has(ResultFacts.Span(start: batch.start, end: batch.end + Self.day)))
    }

    @Test(
        arguments: [
            // The moment before it is due, and that moment.
            (10 * 86_400 + 59, 8 as UInt64), (10 * 86_400 + 60, 9), (11 * 86_400 + 59, 9),
        ] as [(UInt64, UInt64)])
    func aBatchIsDueAfterItsEndAndTheDelay(now: UInt64, latest: UInt64) {
        let schedule = BatchSchedule(length: Self.day, delay: 60, most: 31)
        #expect(schedule.latest(now: now)?.start == latest * Self.day)
        let next = schedule.next(now: now, first: 0)
        #expect(next?.start == (latest + 1) * Self.day)
        #expect(next.map { schedule.moment(of: $0) > now } == true)
    }

    @Test func missedBatchesAreMadeUpForOldestFirstAndWithABound() {
        let schedule = BatchSchedule(length: Self.day, delay: 60, most: 3)
        let now = 20 * Self.day + 60
        #expect(Self.starts(schedule.due(now: now, first: 0)) == [17, 18, 19])
        #expect(Self.starts(schedule.due(now: now, first: 18 * Self.day)) == [18, 19])
        #expect(schedule.due(now: now, first: 20 * Self.day).isEmpty)
        #expect(schedule.next(now: now, first: 30 * Self.day)?.start == 30 * Self.day)
        #expect(schedule.latest(now: 3) == nil && schedule.due(now: 3, first: 0).isEmpty)
    }

    @Test func theTasksTimeBoundsThem() {
        let task = 5 * Self.day + 100..<8 * Self.day + 100
        let schedule = BatchSchedule(length: Self.day, delay: 60, most: 31, bounds: task)
        #expect(Self.starts(schedule.due(now: 30 * Self.day, first: 0)) == [5, 6, 7, 8])
        #expect(schedule.next(now: 30 * Self.day, first: 0) == nil)
        #expect(schedule.latest(now: 3 * Self.day) == nil)
        #expect(schedule.next(now: 3 * Self.day, first: 0)?.start == 5 * Self.day)
        #expect(Self.starts(schedule.due(now: 7 * Self.day + 60, first: 0)) == [5, 6])
    }

    @Test func noMomentTraps() {
        for length in [1, 3_600, BatchSchedule.longest, .max] as [UInt64] {
            let schedule = BatchSchedule(length: length, delay: .max, most: .max)
            for moment in [0, 1, .max - 1, .max] as [UInt64] {
                _ = schedule.batch(of: moment)
                _ = schedule.latest(now: moment)
                _ = schedule.next(now: moment, first: moment)
            }
        }
    }

    // MARK: What is remembered

    private static func state() throws -> ScheduleState {
        ScheduleState(task: try #require(TaskID(bytes: Array(repeating: 7, count: 32))), length: day, first: 2 * day)
    }

    @Test func aStateIsReadAsItWasWritten() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "schedule-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "collector.schedule.json").path
        #expect(ScheduleState.load(path) == .none)
        var state = try Self.state()
        let schedule = BatchSchedule(length: Self.day, delay: 0, most: 9)
        state.noteWalked(schedule.batch(of: 2 * Self.day))
        state.notePassedOver(schedule.batch(of: 3 * Self.day))
        state.noteToldTooFew(schedule.batch(of: 4 * Self.day))
        state.noteToldFailed(schedule.batch(of: 5 * Self.day))
        (state.awaySince, state.awayIsTold) = (77, true)
        try state.save(to: path)
        #expect(ScheduleState.load(path) == .state(state))
        (state.awaySince, state.awayIsTold) = (nil, false)
        try state.save(to: path)
        #expect(ScheduleState.load(path) == .state(state))
        try Data("{}".utf8).write(to: URL(filePath: path))
        #expect(ScheduleState.load(path) == .damaged)
    }

    @Test func whatIsLeftBehindIsCounted() throws {
        let schedule = BatchSchedule(length: Self.day, delay: 0, most: 9)
        var state = try Self.state()
        state.noteWalked(schedule.batch(of: 2 * Self.day))
        state.notePassedOver(schedule.batch(of: 4 * Self.day))
        state.noteToldTooFew(schedule.batch(of: 3 * Self.day))
        #expect(state.isSettled(schedule.batch(of: 4 * Self.day)) && !state.isSettled(schedule.batch(of: 3 * Self.day)))
        // 2 to 6: of those 3, 5 and 6 were never done with.
        #expect(state.forget(before: 7 * Self.day) == 3)
        #expect(state.first == 7 * Self.day && !state.isToldTooFew(schedule.batch(of: 3 * Self.day)))
        #expect(state.forget(before: 5 * Self.day) == 0)
    }

    /// A batch that has a result is no longer one of which something was told.
    @Test func aResultEndsWhatWasTold() throws {
        let batch = BatchSchedule(length: Self.day, delay: 0, most: 9).batch(of: 3 * Self.day)
        var state = try Self.state()
        state.noteToldTooFew(batch)
        // That its walk has failed is another thing, and is told too.
        #expect(state.isToldTooFew(batch) && !state.isToldFailed(batch))
        state.noteToldFailed(batch)
        #expect(state.isToldFailed(batch))
        state.noteWalked(batch)
        #expect(!state.isToldTooFew(batch) && !state.isToldFailed(batch) && state.isSettled(batch))
    }
}
