import Foundation
import PopulusCollector
import PopulusDAP
import Results
import ResultsHarness
import Testing

/// What is recorded is what is read.
@Suite struct RecordingTests {
    private static let hostile: [[UInt8]] = [
        [], [0], [0xff, 0xfe, 0x5c], Array("a\u{202e}b\u{2066}".utf8), Array("\"quoted\", 'and'\r\n\t".utf8),
        Array("\u{1b}[2J\u{7}".utf8), Array("=1+1".utf8), Array("e\u{301}\u{200d}".utf8), [0xed, 0xa0, 0x80],
        Array("'); DROP TABLE walk; --".utf8), Array("x\\x41".utf8), Array(0...255),
    ]

    @Test func everyByteStays() throws {
        let (task, folder) = (
            try Sample.task(encoding: "hex", leader: "https://u:secret@leader.example:8443/a?token=t"),
            try ResultsFolder()
        )
        let strings = Self.hostile.enumerated().map { PopularString(value: $1, count: 100 + Int64($0)) }
        let record = Sample.walk(
            task, strings, late: 3, unfinished: 2, beginnings: [[0xff, 0x00], Array("é".utf8)], other: 123,
            threshold: "0.1%",
            rejections: [
                RejectedReports(party: .helper, reason: .vdafVerifyError, count: 4),
                RejectedReports(party: .leader, reason: .hpkeDecryptError, count: 2),
            ])
        let store = try folder.store()
        #expect(try store.record(record, of: task) == .new)
        try store.close()
        #expect(folder.names == ["results.sqlite"])
        let again = try folder.store(.reading)
        let read = try #require(try again.walk(record.walk, of: task.id))
        #expect(read == (try KeptWalk(record, of: task)))
        #expect(read.strings == record.result.strings && read.head.lateRejections == 3)
        #expect(read.head.ending == .cutOff(unfinished: 2, beginnings: [[0xff, 0x00], Array("é".utf8)]))
        #expect(read.head.steps.map(\.bits) == [8, 56, 192] && read.head.rejections?.first?.party == .leader)
        #expect(read.head.task.leader == "https://leader.example:8443/a")
        #expect(try again.heads() == [read.head])
        for string in strings {
            let history = try again.history(of: string.value, task: task.id)
            #expect(history.entries.map(\.sighting) == [.listed(string.count)])
        }
        // A credential in an address is in no byte of the file.
        #expect(!String(decoding: folder.bytes(), as: UTF8.self).contains("secret"))
    }

    @Test func noiseStays() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let record = Sample.walk(
            task, [Sample.string("a", 5_000)], votes: 400, margin: 150, noise: Sample.noise, reports: 4_000)
        let store = try folder.store()
        try store.record(record, of: task)
        #expect(try store.walk(record.walk, of: task.id)?.head.noise == Sample.noise)
    }

    /// A Collector that was killed after writing and before saying so writes the same again, at another time.
    @Test func theSameAgainIsTheSame() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let store = try folder.store()
        let walk = WalkID.random()
        func record(_ count: Int64, ended: UInt64) throws -> Recording {
            try store.record(Sample.walk(task, walk: walk, [Sample.string("a", count)], ended: ended), of: task)
        }
        #expect(try record(100, ended: 1_000_000) == .new)
        #expect(try record(100, ended: 1_000_500) == .same)
        #expect(throws: ResultsError.differs("walk \(walk)")) { try record(101, ended: 1_000_000) }
        #expect(try store.walks(of: task.id).map(\.strings) == [[Sample.string("a", 100)]])
        #expect(try store.heads().map(\.ended) == [1_000_000])
        // Another task may have a walk of the same ID.
        let other = try Sample.task()
        #expect(try store.record(Sample.walk(other, walk: walk, []), of: other) == .new)
    }

    /// A Leader may be away when it is asked for rejected reports: that is another record of the same walk.
    @Test func whetherRejectionsWereToldMakesNoOtherResult() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let store = try folder.store()
        let walk = WalkID.random()
        let told = [RejectedReports(party: .helper, reason: .vdafVerifyError, count: 4)]
        func record(_ rejections: [RejectedReports]?) throws -> Recording {
            try store.record(
                Sample.walk(task, walk: walk, [Sample.string("a", 100)], rejections: rejections), of: task)
        }
        #expect(try record(told) == .new)
        #expect(try record(nil) == .same)
        #expect(throws: ResultsError.differs("walk \(walk)")) { try record([]) }
        let kept = [KeptRejection(party: .helper, reason: .vdafVerifyError, count: 4)]
        #expect(try store.heads().map(\.rejections) == [kept])
    }

    @Test func anotherTaskOfTheSameIDIsRefused() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let store = try folder.store()
        try store.record(Sample.walk(task, []), of: task)
        let other = try Sample.task(task.id, encoding: "hex")
        #expect(throws: ResultsError.differs("task \(task.id)")) { try store.record(Sample.walk(other, []), of: other) }
        // One that has moved is the same.
        let moved = try Sample.task(task.id, leader: "https://elsewhere.example/")
        #expect(try store.record(Sample.walk(moved, []), of: moved) == .new)
    }

    @Test func aCollectionStays() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let store = try folder.store()
        let key = try #require(KeptCollection.Key(bytes: [UInt8](repeating: 7, count: 16)))
        func collection(_ numbers: [Int128], ended: UInt64 = 900) throws -> KeptCollection {
            try KeptCollection(
                task: task, key: key, version: "1", asked: nil, interval: ResultFacts.Span(start: 1, end: 2),
                began: 800,
                ended: ended, reports: 50, noise: Sample.noise,
                candidates: KeptCollection.Candidates(level: 63, values: [[0xff], []]), isOneNumber: false,
                numbers: numbers, rejections: [])
        }
        #expect(try store.record(collection([.max, -3])) == .new)
        #expect(try store.record(collection([.max, -3], ended: 950)) == .same)
        #expect(throws: ResultsError.differs("collection \(key)")) { try store.record(collection([1, -3])) }
        #expect(try store.collections(of: task.id) == [try collection([.max, -3])])
        #expect(throws: ResultsError.self) { try collection([1]) }
    }

    // MARK: Retention

    @Test func retentionDeletesWholeWalks() throws {
        let (task, other, folder) = (try Sample.task(), try Sample.task(), try ResultsFolder())
        let store = try folder.store()
        for day in 1...14 as ClosedRange<UInt64> {
            let secret = "https://forgotten-\(day).example/"
            try store.record(Sample.walk(task, day: day, [Sample.string(secret, 100)]), of: task)
        }
        let last = Sample.walk(other, day: 1, [])
        try store.record(last, of: other)
        let now = 15 * Sample.day + 3600
        #expect(try store.prune(Retention(newest: 10), task: task.id, now: now).walks == 4)
        #expect(try store.heads(of: task.id).map { ($0.asked?.start ?? 0) / Sample.day } == Array(5...14))
        #expect(try store.prune(Retention(age: 5 * Sample.day), now: now) == .init(walks: 4))
        #expect(try store.heads(of: task.id).map { ($0.asked?.start ?? 0) / Sample.day } == Array(9...14))
        // The latest result of a task stays, however old; without it nothing is left of the task.
        #expect(try store.tasks().map(\.id) == [task.id, other.id])
        #expect(try store.delete(last.walk, of: other.id))
        #expect(try store.tasks().map(\.id) == [task.id])
        #expect(try store.prune(Retention(), now: now) == .init())
        try store.close()
        let bytes = String(decoding: folder.bytes(), as: UTF8.self)
        for day in 1...8 { #expect(!bytes.contains("forgotten-\(day).example")) }
        for day in 9...14 { #expect(bytes.contains("forgotten-\(day).example")) }
        #expect(folder.names == ["results.sqlite"])
    }

    /// What cannot be deleted is in nobody's way.
    @Test func whatIsKeptIsKeptThoughOlderOnesStay() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let store = try folder.store()
        func keep(day: UInt64) throws -> ResultsError? {
            try store.keep(Retention(newest: 1), of: task.id, now: 20 * Sample.day) { () throws(ResultsError) in
                try store.record(Sample.walk(task, day: day, []), of: task)
            }
        }
        #expect(try keep(day: 1) == nil)
        try folder.sql("CREATE TRIGGER stays BEFORE DELETE ON walk BEGIN SELECT RAISE(ABORT, 'it stays'); END")
        #expect(try keep(day: 2) != nil)
        #expect(try store.heads().count == 2)
        try folder.sql("DROP TRIGGER stays")
        #expect(try keep(day: 3) == nil)
        #expect(try store.heads().count == 1)
    }

    /// What can never be recorded is known: nobody tries for ever.
    @Test func someRefusalsAreForGood() {
        for error in [ResultsError.differs("a walk"), .inconsistent("why"), .belowThreshold] {
            #expect(error.isForGood)
        }
        for error in [ResultsError.busy, .full("why"), .damaged("why"), .database("why"), .unwritable("why")] {
            #expect(!error.isForGood)
        }
    }

    @Test func oneWalkIsDeleted() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let store = try folder.store()
        let record = Sample.walk(task, [Sample.string("a", 100)])
        try store.record(record, of: task)
        #expect(try store.delete(record.walk, of: task.id))
        #expect(try !store.delete(record.walk, of: task.id))
        #expect(try folder.number("SELECT (SELECT count(*) FROM string) + (SELECT count(*) FROM step)") == 0)
    }
}
