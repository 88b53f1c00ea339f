import Aggregator
import Foundation
import GRDB
import PopulusDAP
import StoreSQLite
import Testing

/// One file with the stores of several tasks.
@Suite struct StoreTasksTests {
    /// A Leader's file with two tasks, in a folder of its own.
    private final class Place {
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        let tasks: [AggregatorTask]

        init() throws {
            tasks = try (0..<2).map { _ in try TestTask().aggregator(.leader) }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for task in tasks { try TestStore.create(path, task) }
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        var path: String { folder + "/leader.sqlite" }

        func datastore(_ path: String? = nil) throws -> SQLiteDatastore {
            try SQLiteDatastore(path: path ?? self.path, role: .leader, holding: tasks.map(\.id))
        }

        func renewals(_ tasks: [AggregatorTask]) -> [SQLiteDatastore.Renewal] {
            tasks.map { task in
                SQLiteDatastore.Renewal(
                    task: task.id, configurationDigest: task.configurationDigest, earliestReportTime: 1_000,
                    timePrecision: task.configuration.timePrecision)
            }
        }

        /// Every file of a store with its bytes.
        func files(_ name: String) throws -> [String: Data] {
            var files: [String: Data] = [:]
            for part in try FileManager.default.subpathsOfDirectory(atPath: folder) where part.hasPrefix(name) {
                files[part] = FileManager.default.contents(atPath: folder + "/" + part) ?? Data()
            }
            return files
        }
    }

    private static func insert(_ id: ReportID, in store: any TaskStore) async throws -> UploadOutcome {
        try await store.write("test") { try $0.upload(id, id.bytes + [1, 2, 3]) }
    }

    private static func bind(_ id: ReportID, in store: any TaskStore) async throws -> Bool {
        try await store.write("test") { try $0.bind(id, time: 5, job: 1, keyID: 0) }
    }

    /// Whether a call is refused because the file is not whole.
    private static func isIncomplete(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return false
        } catch {
            if case StoreError.incomplete = error { return true }
            return false
        }
    }

    /// A file that was moved away gets no task, which nobody would serve: the same asked again finds none there either.
    @Test func noTaskIsKeptInAFileThatIsElsewhere() throws {
        let place = try Place()
        let datastore = try place.datastore()
        let added = try TestTask().aggregator(.leader)
        let kept = KeptTask(
            id: added.id, configuration: added.configuration.encoded(), configurationDigest: added.configurationDigest,
            codePoints: added.codePoints, clockSkew: 300, collectorConfig: added.collectorConfig.encoded(), added: 1,
            secrets: [], reportExpiry: nil)
        try FileManager.default.moveItem(atPath: place.path, toPath: place.path + ".moved")
        for _ in 0..<2 { #expect(throws: StoreError.self) { try datastore.keep(kept) } }
        #expect(try datastore.keptTasks(only: added.id).isEmpty)
        try? datastore.close()
    }

    @Test func aTaskIsAddedOnce() throws {
        let place = try Place()
        for task in place.tasks {
            #expect(throws: StoreError.exists(place.path)) { try TestStore.create(place.path, task) }
        }
        let stranger = try TestTask().aggregator(.helper)
        #expect {
            try TestStore.create(place.path, stranger)
        } throws: { error in
            if case StoreError.belongsToAnother = error { true } else { false }
        }
        let datastore = try place.datastore()
        #expect(try datastore.tasks == place.tasks.map(\.id))
        try datastore.close()
        let shown = try SQLiteDatastore.describe(
            path: place.path, role: .leader, task: place.tasks[0].id,
            configurationDigest: place.tasks[0].configurationDigest)
        #expect(shown.others == [place.tasks[1].id] && shown.starts == 1)
    }

    @Test func aTaskIsOpenedOnce() throws {
        let place = try Place()
        let datastore = try place.datastore()
        let stores = try place.tasks.map { try datastore.open($0) }
        #expect(throws: StoreError.self) { try datastore.open(place.tasks[0]) }
        #expect(stores[0].statement.store != stores[1].statement.store)
        #expect(stores[0].noiseKey != stores[1].noiseKey)
        #expect(!stores[0].jobRows.overlaps(stores[1].jobRows))
        try datastore.close()
    }

    /// Writes of both tasks share commits; what each has done and has bound is its own.
    @Test func tasksShareCommitsAndNothingElse() async throws {
        let place = try Place()
        let datastore = try place.datastore()
        let stores = try place.tasks.map { try datastore.open($0) }
        let ids = (0..<40).map { _ in ReportID.random() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in stores {
                for id in ids {
                    group.addTask {
                        let outcome = try await Self.insert(id, in: store)
                        #expect(outcome == .stored)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await Self.insert(ids[0], in: stores[1]) == .replayed)
        #expect(stores.map(\.statement.current.count) == [0, 0])
        #expect(try await Self.bind(.random(), in: stores[1]))
        #expect(stores.map(\.statement.current.count) == [0, 1])
        for store in stores {
            let rows = store.jobRows
            let seen = try await store.read("test") { transaction in
                try transaction.reportBodies(rows: rows, in: 0..<10, limit: 1_000).map(\.row)
            }
            #expect(seen.count == ids.count && seen.allSatisfy(rows.contains))
            // One of them has a report beside its uploads.
            let last = try await store.read("test") { try $0.lastReportRow() }
            #expect(last >= seen.last ?? 0 && rows.contains(last))
        }
        try datastore.close()
    }

    /// What waits for one task does not keep the erased uploads of another on the disk.
    @Test func aTasksUploadsHaveFilesOfTheirOwn() async throws {
        let place = try Place()
        let datastore = try place.datastore()
        let stores = try place.tasks.map { try datastore.open($0) }
        for store in stores { #expect(try await Self.insert(.random(), in: store) == .stored) }
        let folder = place.path + ".uploads"
        func count() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: folder).count { $0.hasSuffix(".uploads") }
        }
        #expect(try count() == 2)
        try await stores[0].write("test") { try $0.eraseBodies(rows: 1...Int64.max, in: 0..<10) }
        // A write is answered before the files go that it has emptied; the next one comes after that.
        try await stores[0].write("test") { _ in }
        #expect(try count() == 1)
        let left = try await stores[1].read("test") { try $0.reportBodies(rows: 1...Int64.max, in: 0..<10, limit: 9) }
        #expect(left.count == 1)
        try datastore.close()
    }

    /// A file that is behind is so for a task on its way here too: what that has done since may be what is lost.
    @Test func aTaskOnItsWayIsRenewedWithTheOthers() throws {
        let place = try Place()
        let database = try DatabaseQueue(path: place.path)
        try database.write { db in
            try db.execute(
                sql: "UPDATE task SET state = 'arriving' WHERE task_id = ?", arguments: [Data(place.tasks[1].id.bytes)])
            try db.execute(sql: "UPDATE meta SET value = '0' WHERE name = 'commits'")
        }
        try database.close()
        // Not whole: the folder of uploads, with the mark, is missing.
        try FileManager.default.removeItem(atPath: place.path + ".uploads")
        #expect(
            Self.isIncomplete {
                try SQLiteDatastore.renew(path: place.path, role: .leader, place.renewals([place.tasks[0]]))
            })
    }

    /// One task's conflict is its own: the other one is served.
    @Test func aConflictIsOneTasks() async throws {
        let place = try Place()
        let datastore = try place.datastore()
        let store = try datastore.open(place.tasks[0])
        let other = StoreID.random()
        await #expect(throws: StoreConflict.thisIsAnother(other)) {
            try await store.hear(
                StoreStatement(
                    store: .random(), current: Incarnation(id: .random(), count: 0),
                    echo: StoreEcho(store: other, newest: [])))
        }
        try await store.write("wait until it is durable") { _ in }
        try datastore.close()
        let again = try place.datastore()
        #expect(throws: StoreError.refused(.thisIsAnother(other))) { try again.open(place.tasks[0]) }
        #expect(try again.open(place.tasks[1]).conflict == nil)
        try again.close()
        // Consent for the one that is refused leaves the other as it is.
        try SQLiteDatastore.renew(path: place.path, role: .leader, place.renewals([place.tasks[0]]))
        let renewed = try place.datastore()
        #expect(try renewed.open(place.tasks[0]).earliestReportTime >= 1_000)
        #expect(try renewed.open(place.tasks[1]).earliestReportTime == 0)
        try renewed.close()
    }

    /// The attack: a file that has lost its log is looked at for a renewal again and again, until it seems to have all commits.
    @Test func aFileThatIsBehindIsRenewedForAllItsTasksOrNotAtAll() async throws {
        let place = try Place()
        let datastore = try place.datastore()
        let stores = try place.tasks.map { try datastore.open($0) }
        for store in stores { #expect(try await Self.insert(.random(), in: store) == .stored) }
        // As after kill -9, without the log.
        for part in ["", ".uploads", ".segments"] {
            try FileManager.default.copyItem(atPath: place.path + part, toPath: place.folder + "/copy" + part)
        }
        try datastore.close()
        let copy = place.folder + "/copy"
        #expect(Self.isIncomplete { _ = try place.datastore(copy) })
        let before = try place.files("copy")
        for _ in 0..<5 {
            #expect(
                Self.isIncomplete {
                    try SQLiteDatastore.renew(path: copy, role: .leader, place.renewals([place.tasks[0]]))
                })
        }
        #expect(try place.files("copy") == before)
        #expect(Self.isIncomplete { _ = try place.datastore(copy) })
        try SQLiteDatastore.renew(path: copy, role: .leader, place.renewals(place.tasks))
        let renewed = try place.datastore(copy)
        for (task, store) in zip(place.tasks, stores) {
            let now = try renewed.open(task)
            #expect(now.statement.store != store.statement.store && now.earliestReportTime >= 1_000)
        }
        try renewed.close()
    }

    /// A task that 64 later processes have opened commits nothing more, and its writes undo nothing of the other's.
    @Test func aTaskThatWasReplacedIsAlone() async throws {
        let place = try Place()
        let datastore = try place.datastore()
        let stores = try place.tasks.map { try datastore.open($0) }
        let database = try DatabaseQueue(path: place.path)
        try await database.write { db in
            for _ in 0..<StoreLedger.greatestSuccessors {
                try db.execute(
                    sql: "INSERT INTO incarnation (task, incarnation_id, count) VALUES (0, ?, 0)",
                    arguments: [Data(IncarnationID.random().bytes)])
            }
        }
        // While this one runs the others gather for one commit.
        async let slow: Void = stores[1].write("test") { _ in Thread.sleep(forTimeInterval: 0.2) }
        try await Task.sleep(for: .milliseconds(50))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    await #expect(throws: StoreError.superseded) { try await Self.bind(.random(), in: stores[0]) }
                }
                group.addTask {
                    let bound = try? await Self.bind(.random(), in: stores[1])
                    #expect(bound == true)
                }
            }
        }
        try await slow
        #expect(stores[0].statement.current.count == 0 && stores[1].statement.current.count >= 1)
        try database.close()
        try datastore.close()
    }
}
