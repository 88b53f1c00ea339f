import Aggregator
import Foundation
import GRDB
import PopulusDAP
import Testing

/// What is refused as it is: no file is made, changed or removed.
@Suite struct StorePartsTests {
    /// A folder of its own, and a Leader's task.
    private final class Place {
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        let task: AggregatorTask

        init() throws {
            task = try TestTask().aggregator(.leader)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func path(_ name: String) -> String { folder + "/" + name }

        func open(_ name: String) throws -> TestStore { try TestStore(path(name), task) }

        @discardableResult func create(_ name: String) throws -> String { try TestStore.create(path(name), task) }

        /// A report of which only the bytes matter.
        static func insert(in store: TestStore) async throws {
            let id = ReportID.random()
            _ = try await store.write("test") {
                try $0.upload(id, id.bytes + [1, 2, 3])
            }
        }

        /// Every file with its bytes.
        func files() throws -> [String: Data] {
            var files: [String: Data] = [:]
            for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
                files[name] = FileManager.default.contents(atPath: path(name)) ?? Data()
            }
            return files
        }

        /// Opens a store that must be refused.
        func refuses(_ name: String, _ fits: (StoreError) -> Bool) throws {
            let before = try files()
            #expect {
                try open(name)
            } throws: { error in
                (error as? StoreError).map(fits) ?? false
            }
            #expect(try files() == before, "\(name)")
        }
    }

    /// A full disk, or a kill between the mark's making and its first bytes: nothing was committed that it could speak of.
    @Test func anEmptyMarkIsNone() async throws {
        let place = try Place()
        try place.create("s")
        try Data().write(to: URL(filePath: place.path("s.uploads/mark")))
        let store = try place.open("s")
        try await Place.insert(in: store)
        try store.close()
        // With commits there is something to miss.
        try Data().write(to: URL(filePath: place.path("s.uploads/mark")))
        try place.refuses("s") { if case .incomplete = $0 { true } else { false } }
    }

    private static func isNoStore(_ error: StoreError) -> Bool { if case .notAStore = error { true } else { false } }
    private static func isIncomplete(_ error: StoreError) -> Bool {
        if case .incomplete = error { true } else { false }
    }
    private static func isDamaged(_ error: StoreError) -> Bool { if case .damaged = error { true } else { false } }

    @Test func whatIsNoStoreStaysAsItIs() throws {
        let place = try Place()
        try Data("words\n".utf8).write(to: URL(fileURLWithPath: place.path("words")))
        try Data().write(to: URL(fileURLWithPath: place.path("nothing")))
        for (name, isPool) in [("plain.db", false), ("logged.db", true)] {
            let writer: any DatabaseWriter =
                isPool ? try DatabasePool(path: place.path(name)) : try DatabaseQueue(path: place.path(name))
            try writer.write { try $0.execute(sql: "CREATE TABLE meta (a INTEGER); INSERT INTO meta VALUES (1)") }
            try writer.close()
        }
        for name in ["words", "nothing", "plain.db", "logged.db"] {
            try place.refuses(name, Self.isNoStore)
            #expect(throws: StoreError.exists(place.path(name))) { try place.create(name) }
        }
        #expect(throws: StoreError.missing) { try place.open("no/such/folder/x") }
        #expect(throws: StoreError.self) { try place.create("no/such/folder/x") }
        #expect(throws: StoreError.self) { try place.create("") }
    }

    /// A database without its log is older than what was acknowledged, and so is one whose log lost its end.
    @Test func aDatabaseThatIsBehindIsRefused() async throws {
        let place = try Place()
        try place.create("a")
        let store = try place.open("a")
        try await Place.insert(in: store)
        // As after kill -9.
        for part in ["", "-wal", ".uploads", ".segments"] {
            try FileManager.default.copyItem(atPath: place.path("a" + part), toPath: place.path("b" + part))
        }
        try store.close()
        let log = try #require(FileManager.default.contents(atPath: place.path("b-wal")))
        #expect(!log.isEmpty)
        try FileManager.default.removeItem(atPath: place.path("b-wal"))
        try place.refuses("b", Self.isIncomplete)
        var torn = log
        torn[torn.count - 1000] ^= 1
        try torn.write(to: URL(fileURLWithPath: place.path("b-wal")))
        try place.refuses("b", Self.isIncomplete)
        try log.write(to: URL(fileURLWithPath: place.path("b-wal")))
        let whole = try place.open("b")
        #expect(try await whole.read("test") { try $0.lastReportRow() } == 1)
        try whole.close()
        // Closed in order it needs no log, and takes no other.
        #expect(FileManager.default.contents(atPath: place.path("b-wal"))?.isEmpty ?? true)
        try log.write(to: URL(fileURLWithPath: place.path("b-wal")))
        try place.refuses("b", Self.isIncomplete)
    }

    /// One bit of a closed database, wherever it is.
    @Test func everyByteOfTheDatabaseCounts() throws {
        let place = try Place()
        try place.create("a")
        try place.open("a").close()
        let bytes = try #require(FileManager.default.contents(atPath: place.path("a")))
        for offset in stride(from: 20, to: bytes.count, by: 9_973) {
            var changed = bytes
            changed[offset] ^= 0x10
            try changed.write(to: URL(fileURLWithPath: place.path("a")))
            // Few of them are such that the store seems to be another.
            try place.refuses("a") { Self.isDamaged($0) || Self.isIncomplete($0) || Self.isNoStore($0) }
        }
        try bytes.write(to: URL(fileURLWithPath: place.path("a")))
        try place.open("a").close()
    }

    @Test func foldersOfOthersAreRefused() async throws {
        let place = try Place()
        for name in ["a", "b"] {
            try place.create(name)
            let store = try place.open(name)
            try await Place.insert(in: store)
            try store.close()
        }
        try FileManager.default.moveItem(atPath: place.path("a.uploads"), toPath: place.path("kept"))
        try place.refuses("a", Self.isIncomplete)
        try FileManager.default.copyItem(atPath: place.path("b.uploads"), toPath: place.path("a.uploads"))
        try place.refuses("a", Self.isIncomplete)
        try FileManager.default.removeItem(atPath: place.path("a.uploads"))
        try FileManager.default.moveItem(atPath: place.path("kept"), toPath: place.path("a.uploads"))
        try place.open("a").close()
    }

    /// What is left of a store may be given up by its operator: nothing of it is evaluated any more.
    @Test func whatIsLeftMayBeRenewed() async throws {
        let place = try Place()
        try place.create("a")
        let store = try place.open("a")
        let before = store.statement.store
        try await Place.insert(in: store)
        try FileManager.default.copyItem(atPath: place.path("a"), toPath: place.path("b"))
        try store.close()
        try place.refuses("b", Self.isIncomplete)
        try TestStore.renew(place.path("b"), place.task, earliestReportTime: 1_000_000)
        let renewed = try place.open("b")
        #expect(renewed.statement.store != before && renewed.earliestReportTime == 1_000_000)
        try renewed.close()
    }

    /// A link leads to the one store; whoever has it open has it under every name.
    @Test func aStoreHasOneName() throws {
        let place = try Place()
        try FileManager.default.createDirectory(atPath: place.path("real"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: place.path("link"), withDestinationPath: "real/a")
        #expect(try place.create("link").hasSuffix("/real/a"))
        #expect(FileManager.default.fileExists(atPath: place.path("real/a.uploads/mark")))
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.folder).sorted() == ["link", "real"])
        let store = try place.open("link")
        try FileManager.default.linkItem(atPath: place.path("real/a"), toPath: place.path("hard"))
        for name in ["link", "real/a", "real/../real/a", "hard"] {
            #expect {
                try place.open(name)
            } throws: { error in
                if case StoreError.inUse = error { true } else { false }
            }
        }
        try store.close()
        try place.open("real/a").close()
    }

    /// A new file may get the number that one has which was removed, as soon as that is closed.
    @Test func aNewStoreIsNoneThatWasRemoved() async throws {
        for _ in 0..<400 {
            let (old, new) = (try Place(), try Place())
            try old.create("a")
            let removed = try old.open("a")
            try FileManager.default.removeItem(atPath: old.folder)
            // What it says of its files does not matter.
            let closing = Task.detached { try? removed.close() }
            try new.create("a")
            try new.open("a").close()
            _ = await closing.value
        }
    }

    /// What is deleted or moved under a server is not written to any more.
    @Test(arguments: ["a", "a-wal", "a.uploads", "a.segments", "a.uploads/1.uploads", "a.uploads/pages"])
    func whatIsMovedIsNoticed(name: String) async throws {
        let place = try Place()
        try place.create("a")
        let store = try place.open("a")
        try await Place.insert(in: store)
        #expect(store.outage == nil)
        try FileManager.default.moveItem(atPath: place.path(name), toPath: place.path("away"))
        await #expect(throws: StoreError.self) { try await Place.insert(in: store) }
        #expect(store.outage != nil)
        // For good: what happened in between nobody knows.
        try FileManager.default.moveItem(atPath: place.path("away"), toPath: place.path(name))
        await #expect(throws: StoreError.self) { try await Place.insert(in: store) }
        try store.close()
        let again = try place.open("a")
        #expect(try await again.read("test") { try $0.lastReportRow() } == 1)
    }
}
