import Foundation
import GRDB
import PopulusCollector
import PopulusDAP
import Results
import ResultsHarness
import Testing

/// Which results stay where failed walks lie between them.
@Suite struct RetentionTests {
    private let folder: ResultsFolder
    private let store: ResultsStore
    private let task: KeptTask

    init() throws {
        folder = try ResultsFolder()
        store = try folder.store()
        task = try Sample.task()
    }

    /// Walks that ended on these days; those below zero failed.
    private func keep(_ days: [Int]) throws {
        for day in days {
            let record = Sample.walk(task, day: UInt64(abs(day)), [])
            try store.record(record, of: task)
            guard day < 0 else { continue }
            try folder.sql(
                "UPDATE walk SET failure = 'interrupted' WHERE walk_id = ?", [Data(record.walk.bytes)])
            try folder.sql("DROP TRIGGER IF EXISTS walk_keeps_threshold")
            try folder.sql("UPDATE walk SET ending = 'failed' WHERE walk_id = ?", [Data(record.walk.bytes)])
        }
    }

    private func days() throws -> [Int] {
        try store.heads().map { head in
            let day = Int((head.asked?.start ?? 0) / Sample.day)
            return head.ending.isFailure ? -day : day
        }
    }

    @Test func failuresPushNoResultOut() throws {
        try keep([1, -2, 3, -4, 5, -6, -7, -8])
        try store.prune(Retention(newest: 2), now: 30 * Sample.day)
        // Of the failures since the oldest result that stays the last two.
        #expect(try days() == [3, 5, -7, -8])
    }

    @Test func failuresGoWithTheOldestResult() throws {
        try keep([-1, 2, -3, 4])
        try store.prune(Retention(newest: 3), now: 30 * Sample.day)
        #expect(try days() == [-1, 2, -3, 4])
        try store.prune(Retention(newest: 1), now: 30 * Sample.day)
        #expect(try days() == [4])
    }

    @Test func theLatestResultHasNoAge() throws {
        try keep([1, 2, -3])
        try store.prune(Retention(age: Sample.day), now: 300 * Sample.day)
        #expect(try days() == [2])
    }
}
