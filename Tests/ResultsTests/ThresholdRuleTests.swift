import GRDB
import PopulusCollector
import PopulusDAP
import Results
import ResultsHarness
import Testing

/// Survivors only: a count below the threshold is never kept, whoever tries.
@Suite struct ThresholdRuleTests {
    private static let task = Result { try Sample.task() }

    @Test(arguments: [99, 1, 0, -5, Int64.min])
    func aCountBelowIsNoRecord(count: Int64) throws {
        let task = try Self.task.get()
        #expect(throws: ResultsError.belowThreshold) {
            try KeptWalk(Sample.walk(task, [Sample.string("a", 100), Sample.string("b", count)]), of: task)
        }
        #expect(throws: ResultsError.belowThreshold) {
            try KeptWalk(Sample.walk(task, [Sample.string("a", 100)], other: count), of: task)
        }
        let folder = try ResultsFolder()
        let store = try folder.store()
        #expect(throws: ResultsError.belowThreshold) {
            try store.record(Sample.walk(task, [Sample.string("b", count)]), of: task)
        }
        #expect(try store.tasks() == [])
        try store.close()
        #expect(folder.bytes().count < 200_000)
    }

    @Test func theThresholdItselfIsKept() throws {
        let task = try Self.task.get()
        let walk = try KeptWalk(Sample.walk(task, [Sample.string("a", 100)], other: 100), of: task)
        #expect(walk.strings.map(\.count) == [100] && walk.head.other == 100)
    }

    /// With noise strings are listed from the margin below it on, and no further.
    @Test func theMarginIsTheRest() throws {
        let task = try Self.task.get()
        func walk(_ count: Int64) throws -> KeptWalk {
            try KeptWalk(
                Sample.walk(task, [Sample.string("a", count)], votes: 400, margin: 150, noise: Sample.noise), of: task)
        }
        #expect(try walk(250).head.leastCount == 250)
        #expect(throws: ResultsError.belowThreshold) { try walk(249) }
    }

    /// SQLite refuses what a program with a mistake would write.
    @Test(
        arguments: [
            "INSERT INTO string (walk, value, count) VALUES (1, x'62', 99)",
            "INSERT INTO string (walk, value, count) VALUES (1, x'62', -1)",
            "INSERT INTO string (walk, value, count) VALUES (2, x'62', 1000)",
            "UPDATE string SET count = 5",
            "UPDATE walk SET votes = 1",
            "UPDATE walk SET margin = 100",
            "UPDATE walk SET other = 99",
            "INSERT OR REPLACE INTO string (walk, value, count) VALUES (1, x'61', 99)",
        ])
    func theTablesRefuseIt(sql: String) throws {
        let (task, folder) = (try Self.task.get(), try ResultsFolder())
        let store = try folder.store()
        try store.record(Sample.walk(task, [Sample.string("a", 100)]), of: task)
        try store.close()
        #expect(throws: DatabaseError.self) { try folder.sql(sql) }
        #expect(try folder.number("SELECT min(count) FROM string") == 100)
    }

    /// A file in which somebody has got round all of that is not believed.
    @Test func aFileThatHasOneIsDamaged() throws {
        let (task, folder) = (try Self.task.get(), try ResultsFolder())
        let store = try folder.store()
        let record = Sample.walk(task, [Sample.string("a", 100)])
        try store.record(record, of: task)
        try store.close()
        try folder.sql("DROP TRIGGER string_stays; UPDATE string SET count = 99")
        let again = try folder.store(.reading)
        #expect(throws: ResultsError.self) { try again.walk(record.walk, of: task.id) }
        do { _ = try again.walks(of: task.id) } catch {
            guard case .damaged(let what) = error else {
                Issue.record("\(error)")
                return
            }
            // What is below is in no message either.
            #expect(!what.contains("99"))
        }
    }

    /// A failed walk has steps, and nothing of what survived them.
    @Test func aWalkWithoutAResultHasNoStrings() throws {
        let (task, folder) = (try Self.task.get(), try ResultsFolder())
        let store = try folder.store()
        try store.record(Sample.walk(task, []), of: task)
        try store.close()
        try folder.sql(
            """
            INSERT INTO walk SELECT 2, task, x'00000000000000000000000000000002', version, threshold, votes, margin,
                asked_start, asked_end, interval_start, interval_end, began, ended, reports_at_start, reports, epsilon,
                delta, sigma, half_width, 'failed', 0, 'interrupted', NULL, NULL, NULL, 0, 0 FROM walk
            """)
        #expect(throws: DatabaseError.self) {
            try folder.sql("INSERT INTO string (walk, value, count) VALUES (2, x'62', 1000)")
        }
    }

    @Test func whatContradictsItselfIsNoRecord() throws {
        let task = try Self.task.get()
        let twice = [Sample.string("a", 100), Sample.string("a", 200)]
        let many = [Sample.string("a", 600), Sample.string("b", 500)]
        for record in [Sample.walk(task, twice), Sample.walk(task, many, reports: 1_000)] {
            do {
                _ = try KeptWalk(record, of: task)
                Issue.record("it is a record")
            } catch {
                guard case .inconsistent = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
        #expect(throws: ResultsError.self) { try KeptWalk(Sample.walk(try Sample.task(), []), of: task) }
    }
}
