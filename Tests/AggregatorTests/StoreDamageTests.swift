import Aggregator
import Foundation
import GRDB
import PopulusDAP
import StoreSQLite
import Synchronization
import Testing

/// What one task of a file lacks keeps no other task from being served; what the file lacks does.
@Suite struct StoreDamageTests {
    /// A Leader's file with two tasks, each with an upload, in a folder of its own.
    private final class Place {
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        let tasks: [AggregatorTask]

        init() async throws {
            tasks = try (0..<2).map { _ in try TestTask().aggregator(.leader) }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for task in tasks { try TestStore.create(path, task) }
            let datastore = try datastore()
            for task in tasks { try await StoreDamageTests.insert(in: try datastore.open(task)) }
            try datastore.close()
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        var path: String { folder + "/leader.sqlite" }

        func datastore(
            _ path: String? = nil, holding tasks: [AggregatorTask]? = nil,
            onOutage: @escaping OutageObserver = { _, _ in }
        ) throws -> SQLiteDatastore {
            try SQLiteDatastore(
                path: path ?? self.path, role: .leader, holding: (tasks ?? self.tasks).map(\.id), onOutage: onOutage)
        }

        func renew(_ tasks: [AggregatorTask], in path: String? = nil) throws {
            try SQLiteDatastore.renew(
                path: path ?? self.path, role: .leader, tasks.map { StoreDamageTests.renewal(of: $0) })
        }

        /// Every file with its bytes.
        func files(_ name: String = "") throws -> [String: Data] {
            var files: [String: Data] = [:]
            for part in try FileManager.default.subpathsOfDirectory(atPath: folder) where part.hasPrefix(name) {
                files[part] = FileManager.default.contents(atPath: folder + "/" + part) ?? Data()
            }
            return files
        }

        /// Turns a bit of the upload of a task: they were made in the order of the tasks.
        func damageUpload(_ number: Int, of path: String? = nil) throws {
            let name = "\(path ?? self.path).uploads/\(number + 1).uploads"
            var bytes = try Data(contentsOf: URL(filePath: name))
            bytes[bytes.count - 1] ^= 1
            let file = try #require(FileHandle(forWritingAtPath: name))
            try file.write(contentsOf: bytes)
            try file.close()
        }
    }

    private static func renewal(of task: AggregatorTask) -> SQLiteDatastore.Renewal {
        SQLiteDatastore.Renewal(
            task: task.id, configurationDigest: task.configurationDigest, earliestReportTime: 1_000,
            timePrecision: task.configuration.timePrecision)
    }

    private static func insert(in store: any TaskStore) async throws {
        let id = ReportID.random()
        _ = try await store.write("test") { try $0.upload(id, id.bytes + [1, 2, 3]) }
    }

    private static func count(_ store: any TaskStore) async throws -> Int {
        try await store.read("test") { try $0.reportBodies(rows: 1...Int64.max, in: 0..<10, limit: 9).count }
    }

    private static func error(_ body: () throws -> Void) -> StoreError? {
        do { try body() } catch { return error as? StoreError }
        return nil
    }

    private static func isDamaged(_ error: StoreError?) -> Bool { if case .damaged = error { true } else { false } }
    private static func isIncomplete(_ error: StoreError?) -> Bool {
        if case .incomplete = error { true } else { false }
    }

    /// A damaged upload of one task, and a file of it that is gone.
    @Test(arguments: [false, true]) func theOtherTaskIsServed(isMissing: Bool) async throws {
        let place = try await Place()
        let name = place.path + ".uploads/1.uploads"
        if isMissing {
            try FileManager.default.removeItem(atPath: name)
        } else {
            try place.damageUpload(0)
        }
        let damaged = FileManager.default.contents(atPath: name)
        for _ in 0..<2 {
            let datastore = try place.datastore()
            #expect(datastore.damage(of: place.tasks[0].id) != nil && datastore.damage(of: place.tasks[1].id) == nil)
            let error = Self.error { _ = try datastore.open(place.tasks[0]) }
            #expect(isMissing ? Self.isIncomplete(error) : Self.isDamaged(error), "\(error as Any)")
            let other = try datastore.open(place.tasks[1])
            try await Self.insert(in: other)
            #expect(other.outage == nil)
            try datastore.close()
        }
        // It is left as it is.
        #expect(FileManager.default.contents(atPath: name) == damaged)
        // Also where nobody said which tasks would be opened.
        let datastore = try SQLiteDatastore(path: place.path, role: .leader)
        #expect(Self.error { _ = try datastore.open(place.tasks[0]) } != nil)
        #expect(try await Self.count(try datastore.open(place.tasks[1])) == 3)
        try datastore.close()
    }

    /// The last file is the lost one: no other task's uploads get its name, and the places of those that are lost.
    @Test func theNumberOfALostFileIsNotUsedAgain() async throws {
        let place = try await Place()
        try FileManager.default.removeItem(atPath: place.path + ".uploads/2.uploads")
        for round in 2...3 {
            let datastore = try place.datastore()
            #expect(Self.isIncomplete(datastore.damage(of: place.tasks[1].id)))
            let other = try datastore.open(place.tasks[0])
            try await Self.insert(in: other)
            #expect(try await Self.count(other) == round)
            try datastore.close()
        }
        #expect(try place.files("leader.sqlite.uploads/2.uploads").isEmpty)
    }

    /// Where nothing of it can be served the file is not even written to.
    @Test func aFileOfWhichNothingCanBeServedStaysAsItIs() async throws {
        let place = try await Place()
        try place.damageUpload(0)
        var before = try place.files()
        #expect(Self.isDamaged(Self.error { _ = try place.datastore(holding: [place.tasks[0]]) }))
        #expect(try place.files() == before)
        try place.damageUpload(1)
        before = try place.files()
        #expect(Self.isDamaged(Self.error { _ = try place.datastore() }))
        #expect(try place.files() == before)
        // A further task needs nothing of theirs.
        let third = try TestTask().aggregator(.leader)
        try TestStore.create(place.path, third)
        let datastore = try place.datastore(holding: place.tasks + [third])
        try await Self.insert(in: try datastore.open(third))
        try datastore.close()
    }

    /// Only the task that is damaged gives up its reports.
    @Test func oneTaskIsRenewed() async throws {
        let place = try await Place()
        try place.damageUpload(0)
        try place.renew([place.tasks[0]])
        let datastore = try place.datastore()
        let stores = try place.tasks.map { try datastore.open($0) }
        #expect(stores[0].earliestReportTime >= 1_000 && stores[1].earliestReportTime == 0)
        #expect(try await Self.count(stores[0]) == 0)
        #expect(try await Self.count(stores[1]) == 1)
        try datastore.close()
    }

    /// A walk's segment is one task's too.
    @Test func aSegmentIsOneTasks() async throws {
        let folder = try MigrationFolder()
        var tasks: [TestTask] = []
        for _ in 0..<2 {
            let simulation = try await ImportTests.middle()
            try await simulation.stopLeader()
            try simulation.stopHelper()
            try simulation.goBack(.helper, in: folder)
            tasks.append(simulation.task)
        }
        let datastore = try folder.open(.helper, tasks)
        let rows = try tasks.map { try datastore.open(try $0.aggregator(.helper)).jobRows }
        try datastore.close()
        let segments = folder.file(.helper) + ".segments"
        for name in try FileManager.default.contentsOfDirectory(atPath: segments)
        where rows[0].contains(Int64(name.prefix { $0 != "." }) ?? 0) {
            try FileManager.default.removeItem(atPath: segments + "/" + name)
        }
        let again = try folder.open(.helper, tasks)
        let error = Self.error { _ = try again.open(try tasks[0].aggregator(.helper)) }
        #expect(Self.isIncomplete(error), "\(error as Any)")
        #expect(try again.open(try tasks[1].aggregator(.helper)).outage == nil)
        try again.close()
    }

    /// While it runs: the task that has lost an upload acknowledges nothing more, and is named once.
    @Test func anUploadIsDamagedUnderAServer() async throws {
        let place = try await Place()
        let told = Told()
        let datastore = try place.datastore(onOutage: told.observer)
        let stores = try place.tasks.map { try datastore.open($0) }
        try place.damageUpload(0)
        await #expect(throws: StoreError.self) { try await Self.count(stores[0]) }
        for _ in 0..<2 {
            #expect(datastore.outage == nil && Self.isDamaged(stores[0].outage) && stores[1].outage == nil)
            await #expect(throws: StoreError.self) { try await Self.insert(in: stores[0]) }
            await #expect(throws: StoreError.self) { try await Self.count(stores[0]) }
            try await Self.insert(in: stores[1])
        }
        #expect(told.tasks == [place.tasks[0].id])
        try datastore.close()
        let again = try place.datastore()
        #expect(Self.isDamaged(Self.error { _ = try again.open(place.tasks[0]) }))
        #expect(try await Self.count(try again.open(place.tasks[1])) == 3)
        try again.close()
    }

    /// The attack: a file that is behind its mark has a task that is damaged, and seems to need no more than its renewal.
    @Test func aDamagedTaskHidesNoFileThatIsBehind() async throws {
        let place = try await Place()
        let datastore = try place.datastore()
        for task in place.tasks { try await Self.insert(in: try datastore.open(task)) }
        // As after kill -9, without the log.
        for part in ["", ".uploads", ".segments"] {
            try FileManager.default.copyItem(atPath: place.path + part, toPath: place.folder + "/copy" + part)
        }
        try datastore.close()
        let copy = place.folder + "/copy"
        try place.damageUpload(0, of: copy)
        let before = try place.files("copy")
        for task in place.tasks {
            for _ in 0..<4 { #expect(Self.isIncomplete(Self.error { try place.renew([task], in: copy) })) }
        }
        #expect(try place.files("copy") == before)
        #expect(Self.isIncomplete(Self.error { _ = try place.datastore(copy) }))
        try place.renew(place.tasks, in: copy)
        let renewed = try place.datastore(copy)
        for task in place.tasks { #expect(try renewed.open(task).earliestReportTime >= 1_000) }
        try renewed.close()
    }

    /// The attack: what a renewal brings over commits too, so a file that was behind catches up, and the process is killed.
    @Test func aRenewalThatIsKilledHidesNothing() async throws {
        let simulation = try await ImportTests.middle()
        try await simulation.stopLeader()
        try simulation.stopHelper()
        let folder = try MigrationFolder()
        let other = try TestTask()
        try TestStore.create(folder.file(.leader), try other.aggregator(.leader))
        let datastore = try folder.open(.leader, [other])
        try await Self.insert(in: try datastore.open(try other.aggregator(.leader)))
        let behind = try MigrationFolder(copying: folder)
        try datastore.close()
        for part in ["-wal", "-shm"] {
            try FileManager.default.removeItem(atPath: behind.file(.leader) + part)
        }
        try simulation.goBack(.leader, in: behind)
        let tasks = [simulation.task, other]
        #expect(Self.isIncomplete(Self.error { _ = try behind.open(.leader, tasks) }))
        let kills = Kills()
        try SQLiteDatastore.renew(
            path: behind.file(.leader), role: .leader,
            try tasks.map { Self.renewal(of: try $0.aggregator(.leader)) }, onImport: kills.observer(of: behind))
        #expect(kills.all.contains { $0.step == .here })
        // Either it is refused as before, or the task that may have forgotten something is renewed.
        for (step, killed) in kills.all {
            do {
                let found = try killed.open(.leader, [other])
                #expect(try found.open(try other.aggregator(.leader)).earliestReportTime >= 1_000, "\(step)")
                try found.close()
            } catch {
                #expect(Self.isIncomplete(error as? StoreError), "\(step): \(error)")
            }
        }
    }

    /// The same process may open the file, and the task, once what kept it from writing is gone.
    @Test func aFirstWriteThatFailsLeavesTheFileFree() async throws {
        let place = try await Place()
        let datastore = try place.datastore()
        let database = try DatabaseQueue(path: place.path)
        try Self.refuse("INSERT ON incarnation", in: database)
        for _ in 0..<2 {
            let error = Self.error { _ = try datastore.open(place.tasks[0]) }
            #expect(error?.description.contains("refused by the test") ?? false, "\(error as Any)")
        }
        try Self.allow(in: database)
        try await Self.insert(in: try datastore.open(place.tasks[0]))
        // As after kill -9, so that nothing has to be closed in order.
        for part in ["", "-wal", ".uploads", ".segments"] {
            try FileManager.default.copyItem(atPath: place.path + part, toPath: place.folder + "/copy" + part)
        }
        try database.close()
        try datastore.close()
        let copy = place.folder + "/copy"
        let other = try DatabaseQueue(path: copy)
        try Self.refuse("UPDATE ON meta", in: other)
        for _ in 0..<2 {
            let error = Self.error { _ = try place.datastore(copy) }
            #expect(error?.description.contains("refused by the test") ?? false, "\(error as Any)")
        }
        try Self.allow(in: other)
        let again = try place.datastore(copy)
        #expect(try await Self.count(try again.open(place.tasks[0])) == 2)
        // Not before: the last one to close brings the log into the database, and only the store may do that.
        try other.close()
        try again.close()
    }

    private static func refuse(_ what: String, in database: DatabaseQueue) throws {
        try database.write {
            try $0.execute(
                sql: "CREATE TRIGGER refusal BEFORE \(what) BEGIN SELECT RAISE(ABORT, 'refused by the test'); END")
        }
    }

    private static func allow(in database: DatabaseQueue) throws {
        try database.write { try $0.execute(sql: "DROP TRIGGER refusal") }
    }
}

/// The tasks of which an outage was told.
private final class Told: Sendable {
    private let found = Mutex<[TaskID?]>([])

    var tasks: [TaskID?] { found.withLock { $0 } }

    var observer: OutageObserver { { _, task in self.found.withLock { $0.append(task) } } }
}
