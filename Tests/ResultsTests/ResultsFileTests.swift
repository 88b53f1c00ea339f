import Foundation
import GRDB
import PopulusCollector
import PopulusDAP
import Results
import ResultsHarness
import Testing

/// What the file may be, and what becomes of others' files.
@Suite struct ResultsFileTests {
    @Test func itIsItsOwnersAlone() throws {
        let folder = try ResultsFolder()
        let mask = umask(0)
        defer { umask(mask) }
        let store = try folder.store()
        try store.record(Sample.walk(try Sample.task(Sample.fixedTask), []), of: try Sample.task(Sample.fixedTask))
        var status = stat()
        #expect(stat(folder.file(), &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(folder.names == ["results.sqlite"])
    }

    @Test func readingMakesNothing() throws {
        let folder = try ResultsFolder()
        #expect(throws: ResultsError.missing) { try folder.store(.reading) }
        #expect(throws: ResultsError.missing) { try ResultsStore(path: folder.file("no/folder"), for: .reading) }
        #expect(folder.names == [])
        do {
            _ = try ResultsStore(path: folder.file("no/folder"), for: .recording)
            Issue.record("it is made")
        } catch {
            guard case .unwritable = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func anEmptyFileIsRoomForOne() throws {
        let folder = try ResultsFolder()
        try folder.write([], to: "results.sqlite")
        #expect(throws: ResultsError.notResults("it is empty")) { try folder.store(.reading) }
        #expect(try folder.store().tasks() == [])
        #expect(try folder.store(.reading).tasks() == [])
    }

    /// Nobody's file but ours is written to.
    @Test func anotherFileIsLeftAsItIs() throws {
        let folder = try ResultsFolder()
        try folder.write(Array("value,count\r\n".utf8), to: "results.sqlite")
        let text = folder.bytes()
        for use in [ResultsStore.Use.reading, .recording] {
            #expect(throws: ResultsError.notResults("it is no database of SQLite")) { try folder.store(use) }
        }
        #expect(folder.bytes() == text)
        try FileManager.default.removeItem(atPath: folder.file())
        try folder.sql("CREATE TABLE other (a); PRAGMA application_id = 77; PRAGMA user_version = 1")
        let database = folder.bytes()
        for use in [ResultsStore.Use.reading, .recording] {
            #expect(throws: ResultsError.notResults("it is another program's database")) { try folder.store(use) }
        }
        #expect(folder.bytes() == database && folder.names == ["results.sqlite"])
        for path in [folder.path, "/dev/null"] {
            do {
                _ = try ResultsStore(path: path, for: .recording)
                Issue.record("\(path) is opened")
            } catch {
                guard case .notResults = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
    }

    /// Nor where a journal lies beside it.
    @Test func aJournalMakesNoDatabaseOfIt() throws {
        let folder = try ResultsFolder()
        try folder.write(Array(String(repeating: "value,count\r\n", count: 20).utf8), to: "results.sqlite")
        try folder.write([1, 2, 3], to: "results.sqlite-journal")
        let (text, journal) = (folder.bytes(), folder.bytes("results.sqlite-journal"))
        for use in [ResultsStore.Use.reading, .recording, .pruning] {
            #expect(throws: ResultsError.notResults("it is no database of SQLite")) { try folder.store(use) }
        }
        #expect(folder.bytes() == text && folder.bytes("results.sqlite-journal") == journal)
    }

    /// Nothing is made for who prunes.
    @Test func pruningMakesNothing() throws {
        let folder = try ResultsFolder()
        #expect(throws: ResultsError.missing) { try folder.store(.pruning) }
        try folder.write([], to: "results.sqlite")
        #expect(throws: ResultsError.notResults("it is empty")) { try folder.store(.pruning) }
        #expect(folder.bytes() == [] && folder.names == ["results.sqlite"])
    }

    /// A large file is read as a whole by who prunes it, and by nobody else.
    @Test func aLargeFileIsCheckedWhereItIsPruned() throws {
        let folder = try ResultsFolder()
        let task = try Sample.task(Sample.fixedTask)
        let store = try folder.store()
        try store.record(Sample.large(0, of: task, strings: 300), of: task)
        try store.close()
        var broken = folder.bytes()
        // The last page is one of strings.
        for index in 0..<64 { broken[broken.count - 4096 + index] ^= 0x5a }
        try folder.write(broken, to: "results.sqlite")
        func open(_ use: ResultsStore.Use, checked: Int) throws {
            try ResultsStore(path: folder.file(), for: use, greatestChecked: checked).close()
        }
        try open(.reading, checked: broken.count - 1)
        try open(.recording, checked: broken.count - 1)
        #expect(throws: ResultsError.self) { try open(.reading, checked: broken.count) }
        #expect(throws: ResultsError.self) { try open(.pruning, checked: 0) }
        #expect(ResultsStore.Use.recording.patience == 60 && ResultsStore.greatestChecked == 64 << 20)
    }

    @Test func aLaterVersionIsLeftAsItIs() throws {
        let folder = try ResultsFolder()
        try folder.store().close()
        try folder.sql("PRAGMA user_version = 9")
        let bytes = folder.bytes()
        for use in [ResultsStore.Use.reading, .recording] {
            #expect(throws: ResultsError.newerVersion(found: 9, known: 2)) { try folder.store(use) }
        }
        #expect(folder.bytes() == bytes)
    }

    /// Whatever is broken, an error says so: nothing crashes, and nothing false is read.
    @Test func aDamagedFileIsSaidToBe() throws {
        let folder = try ResultsFolder()
        let task = try Sample.task(Sample.fixedTask)
        let store = try folder.store()
        for number in 0..<3 as Range<UInt64> {
            try store.record(Sample.large(number, of: task, strings: 300), of: task)
        }
        let whole = try store.walks(of: task.id)
        try store.close()
        let bytes = folder.bytes()
        var damaged = 0
        for page in 1..<(bytes.count / 4096) {
            var broken = bytes
            for index in 0..<64 { broken[page * 4096 + index] ^= 0x5a }
            try folder.write(broken, to: "results.sqlite")
            do {
                let read = try folder.store(.reading)
                #expect(try read.walks(of: task.id) == whole)
            } catch let error as ResultsError {
                guard case .damaged = error else {
                    Issue.record("page \(page): \(error)")
                    return
                }
                damaged += 1
            }
        }
        #expect(damaged > bytes.count / 4096 / 2)
        try folder.write(Array(bytes.prefix(bytes.count / 2)), to: "results.sqlite")
        #expect(throws: ResultsError.self) { try folder.store(.reading).walks(of: task.id) }
    }

    /// Files and folders that this user may not write are read all the same; root may write anything.
    @Test(.enabled(if: geteuid() != 0)) func aReadOnlyFolderIsRead() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let record = Sample.walk(task, [Sample.string("a", 100)])
        let store = try folder.store()
        try store.record(record, of: task)
        try store.close()
        chmod(folder.path, 0o500)
        #expect(try folder.store(.reading).walk(record.walk, of: task.id)?.strings.count == 1)
        do {
            _ = try folder.store()
            Issue.record("it is opened for writing")
        } catch let error as ResultsError {
            guard case .unwritable = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    /// A disk without room: what was kept is whole, and once there is room the same call works.
    @Test func aFullDiskLosesNothing() throws {
        let folder = try ResultsFolder()
        let task = try Sample.task(Sample.fixedTask)
        let small = try folder.store(greatestPages: 60)
        try small.record(Sample.large(0, of: task, strings: 20), of: task)
        do {
            try small.record(Sample.large(1, of: task, strings: 20_000), of: task)
            Issue.record("there was room")
        } catch {
            guard case .full = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(try small.heads().count == 1)
        try small.close()
        let store = try folder.store()
        #expect(try store.record(Sample.large(0, of: task, strings: 20), of: task) == .same)
        #expect(try store.record(Sample.large(1, of: task, strings: 20_000), of: task) == .new)
    }

    // MARK: Several at once

    @Test func anotherWriterIsWaitedFor() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let store = try folder.store(patience: 0.2)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.file(), configuration: configuration)
        try other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let record = Sample.walk(task, [])
        #expect(throws: ResultsError.busy) { try store.record(record, of: task) }
        #expect(try store.heads() == [])
        try other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(try store.record(record, of: task) == .new)
        try other.close()
    }

    /// Processes that make the same file at once, and write to it at once.
    @Test func manyMakeItAtOnce() async throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 as Range<UInt64> {
                group.addTask {
                    let store = try folder.store(patience: 30)
                    for round in 0..<5 as Range<UInt64> {
                        let walk = Sample.walk(
                            task, walk: WalkID(words: SIMD2(number, round)), [Sample.string("\(number)", 100)])
                        try store.record(walk, of: task)
                    }
                    try store.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(try folder.store(.reading).heads(of: task.id).count == 40)
        #expect(folder.names == ["results.sqlite"])
    }
}
