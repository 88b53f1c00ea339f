import Foundation
import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import Results
import ResultsHarness
import Testing

/// Results of tasks with groups.
@Suite struct GroupTests {
    private static func value(_ group: String, _ text: String, _ count: Int64) -> PopularString {
        PopularString(
            value: GroupedValue(group: Array(group.utf8), string: Array(text.utf8)).bytes, count: count)
    }

    private static let strings = [
        value("115", "https://a.example/x", 900), value("116", "https://a.example/x", 300), value("116", "b\tc", 500),
    ]

    private static func task() throws -> KeptTask { try Sample.task(encoding: "group-1+url-1") }

    @Test func aStringIsKeptInEachGroup() throws {
        let (folder, task) = (try ResultsFolder(), try Self.task())
        let store = try folder.store()
        try store.record(Sample.walk(task, Self.strings), of: task)
        let walk = try #require(try store.walks(of: task.id).first)
        #expect(walk.strings == Self.strings.sorted(by: PopularString.precedes))
        let history = try store.history(of: Self.strings[1].value, task: task.id)
        #expect(history.entries.map(\.sighting) == [.listed(300)])
        try store.close()
        #expect(try folder.number("SELECT sum(count) FROM string WHERE in_group = CAST('116' AS BLOB)") == 800)
        #expect(
            try folder.number("SELECT sum(count) FROM string WHERE value = CAST('https://a.example/x' AS BLOB)") == 1200
        )
    }

    /// A tab in a value of a task without groups is a tab.
    @Test func noGroupIsReadIntoOtherTasks() throws {
        let (folder, task) = (try ResultsFolder(), try Sample.task())
        let store = try folder.store()
        try store.record(Sample.walk(task, Self.strings), of: task)
        let walk = try #require(try store.walks(of: task.id).first)
        #expect(walk.strings == Self.strings.sorted(by: PopularString.precedes) && walk.groupSums == nil)
        #expect(walk.json.contains(#""value":"115\\x09https://a.example/x""#) && !walk.json.contains("\"group\""))
        try store.close()
        #expect(try folder.number("SELECT count(*) FROM string WHERE in_group = x''") == 3)
    }

    @Test func exportsHaveGroupsAndTheirSums() throws {
        let task = try Self.task()
        let walk = try KeptWalk(Sample.walk(task, Self.strings), of: task)
        #expect(
            walk.json.contains(
                #""groups":[{"group":"115","strings":1,"at_least":900},{"group":"116","strings":2,"at_least":800}],"#
                    + #""over_groups":[{"value":"https://a.example/x","groups":2,"at_least":1200}]"#), "\(walk.json)")
        #expect(
            walk.jsonLines.contains(
                #","group":"116","value":"b\\x09c","bytes":"Yglj","count":500,"fraction":0.005000}"#),
            "\(walk.jsonLines)")
        #expect(
            String(decoding: walk.csv(), as: UTF8.self)
                == "group,value,count,fraction\r\n115,https://a.example/x,900,0.009000\r\n"
                + "116,b\\x09c,500,0.005000\r\n116,https://a.example/x,300,0.003000\r\n")
        let sums = URLSums(of: walk, by: .host)
        #expect(sums.rows.map(\.atLeast) == [1200] && sums.others?.atLeast == 500)
    }

    /// With noise sums are of the lower ends.
    @Test func sumsWithNoiseAreOfTheLowerEnds() throws {
        let (task, noise) = (try Self.task(), try #require(Sample.noise))
        let walk = try KeptWalk(Sample.walk(task, Self.strings, margin: 10, noise: noise), of: task)
        let sums = try #require(walk.groupSums)
        #expect(sums.groups.map(\.atLeast) == [900 - noise.halfWidth, 800 - 2 * noise.halfWidth])
        #expect(sums.strings.map(\.atLeast) == [1200 - 2 * noise.halfWidth])
    }

    @Test func aStringIsComparedInEachGroup() throws {
        let task = try Self.task()
        let earlier = try KeptWalk(Sample.walk(task, Self.strings), of: task)
        let later = try KeptWalk(
            Sample.walk(
                task, day: 2,
                [Self.value("115", "https://a.example/x", 950), Self.value("117", "https://a.example/x", 300)]),
            of: task)
        let comparison = try WalkComparison(from: earlier, to: later)
        #expect(comparison.changes(.new).map(\.value) == [Self.value("117", "https://a.example/x", 0).value])
        #expect(comparison.changes(.risen).count == 1 && comparison.changes(.gone).count == 2)
        #expect(
            String(decoding: comparison.csv(), as: UTF8.self).hasPrefix(
                "change,group,value,earlier_count,earlier_fraction,later_count,later_fraction\r\n"
                    + "new,117,https://a.example/x,,,300,0.003000\r\n"))
        #expect(comparison.jsonLines.contains(#""change":"new","group":"117","value":"https://a.example/x""#))
    }

    /// Hashes of two tasks have nothing to do with each other, behind a group as well.
    @Test func hashesOfTwoTasksAreNotCompared() throws {
        let (one, other) = (try Sample.task(encoding: "group-1+hash-1"), try Sample.task(encoding: "group-1+hash-1"))
        #expect(!one.hasValues(of: other) && one.hasValues(of: one))
        #expect(try Self.task().hasValues(of: try Self.task()))
    }

    /// A file of version 1 has no groups; opening it brings it to this version, with all that is in it.
    @Test func aFileOfTheFirstVersionIsBroughtToThisOne() throws {
        let (folder, task) = (try ResultsFolder(), try Sample.task())
        let store = try folder.store()
        try store.record(Sample.walk(task, Self.strings), of: task)
        let before = try store.walks(of: task.id)
        try store.close()
        try folder.sql(Self.versionOne)
        let first = folder.bytes()
        #expect(throws: (any Error).self) { try folder.sql("SELECT in_group FROM string") }

        // Who may only read is told, and the file stays as it is.
        if getuid() != 0 {
            chmod(folder.file(), 0o400)
            #expect(throws: ResultsError.self) { try folder.store(.reading) }
            #expect(folder.bytes() == first)
            chmod(folder.file(), 0o600)
        }
        let reading = try folder.store(.reading)
        #expect(try reading.walks(of: task.id) == before)
        try reading.close()
        #expect(try folder.number("PRAGMA user_version") == 2)
        // The rule of the threshold stands in the new table too.
        #expect(throws: (any Error).self) {
            try folder.sql("INSERT INTO string (walk, in_group, value, count) VALUES (1, x'', x'61', 99)")
        }
        #expect(throws: (any Error).self) { try folder.sql("UPDATE string SET count = 1000") }
        let again = try folder.store()
        try again.record(Sample.walk(task, day: 2, Self.strings), of: task)
        #expect(try again.walks(of: task.id).count == 2)
        try again.close()
    }

    /// What makes a file of this version one of the first.
    private static let versionOne = """
        CREATE TABLE first (
            walk INTEGER NOT NULL REFERENCES walk (id) ON DELETE CASCADE,
            value BLOB NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (walk, value)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO first SELECT walk, value, count FROM string;
        DROP TABLE string;
        ALTER TABLE first RENAME TO string;
        CREATE TRIGGER string_is_popular BEFORE INSERT ON string
        WHEN NOT EXISTS (
            SELECT 1 FROM walk WHERE id = NEW.walk AND ending <> 'failed' AND NEW.count >= votes - min(votes, margin))
        BEGIN SELECT RAISE(ABORT, 'below the threshold'); END;
        CREATE TRIGGER string_stays BEFORE UPDATE ON string
        BEGIN SELECT RAISE(ABORT, 'a kept walk does not change'); END;
        PRAGMA user_version = 1;
        """
}
