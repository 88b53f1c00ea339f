import Aggregator
import EarlierStores
import Foundation
import GRDB
import PopulusDAP
import StoreSQLite
import Testing

/// Stores that another version of Populus wrote.
@Suite struct StoreVersionTests {
    /// Has the Leader's store in its own place as an earlier version left it.
    ///
    /// - Parameter sql: what makes an earlier version of version 5.
    private func change(_ simulation: Simulation, _ sql: String) throws {
        let path = simulation.folder + "/leader.sqlite"
        try Version5.goBack(path)
        let database = try DatabaseQueue(path: path)
        try database.write { try $0.execute(sql: sql) }
        try database.close()
        // No earlier version had one; what was changed does not fit it either.
        try? FileManager.default.removeItem(atPath: path + ".uploads/mark")
    }

    /// Its uploads have no digests, and new ones have.
    @Test func aStoreOfVersion4GoesOn() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(Array(RestartTests.values.dropLast()))
        try await simulation.stopLeader()
        try change(simulation, Version5.toVersion4)
        try simulation.startLeader()
        try await simulation.upload([try #require(RestartTests.values.last)])
        try await simulation.restartLeader()
        #expect(try await simulation.walk(RestartTests.values, threshold: 5) == RestartTests.found)
    }

    /// Version 4 left everything in the log when it stopped: without it the database knows of nothing.
    @Test func aStoreOfVersion4WithoutItsLogIsRefused() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(RestartTests.values)
        try await simulation.stopLeader()
        try change(simulation, Version5.toVersion4 + "DELETE FROM report;")
        let folder = simulation.folder + "/leader.sqlite.uploads"
        let before = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect {
            try Simulation.store(simulation.folder, simulation.task, .leader)
        } throws: { error in
            if case StoreError.incomplete = error { true } else { false }
        }
        #expect(try !before.isEmpty && FileManager.default.contentsOfDirectory(atPath: folder) == before)
    }

    @Test func aWalkGoesOnInAStoreOfVersion1() async throws {
        let simulation = try Simulation(try TestTask())
        // Its identity is drawn when it comes to this version: before, it never told anyone of itself.
        simulation.tellsOfStores = false
        simulation.peer.leaderStore.withLock { $0 = nil }
        try await simulation.upload(RestartTests.values)
        let found = try await simulation.walk(
            RestartTests.values, threshold: 5,
            beforeStep: { step in
                guard step == 1 else { return }
                try await simulation.stopLeader()
                // All that versions 2 to 5 added.
                try change(
                    simulation,
                    """
                    \(Version5.toVersion4) \(Version5.toVersion3) \(Self.withoutPlaces)
                    DROP TABLE batch_job; DROP TABLE batch_bucket; DROP TABLE collected; DROP TABLE selected_batch;
                    DROP TABLE collection; DROP TABLE aggregate_share; DROP INDEX report_waiting;
                    ALTER TABLE report DROP COLUMN attempts;
                    UPDATE meta SET value = '1' WHERE name = 'version';
                    """)
                try simulation.startLeader()
            })
        #expect(found == RestartTests.found)
        let waiting = try await simulation.leaderStore.read("test") { try $0.openBatchJobs().count }
        #expect(waiting == 0)
    }

    /// Both aggregators, in their own places, with a walk in the middle.
    @Test(arguments: [BatchMode.leaderSelected, .timeInterval]) func aWalkGoesOnInStoresOfVersion3(
        mode: BatchMode
    ) async throws {
        let simulation = try Simulation(try TestTask(batchMode: mode))
        try await simulation.upload(RestartTests.values)
        let now = simulation.clock.now
        let interval = Interval(start: Time(units: now - 50), duration: TimeDuration(units: 51))
        let found = try await simulation.walk(
            RestartTests.values, threshold: 5, query: mode == .timeInterval ? .timeInterval(interval) : .leaderSelected,
            beforeStep: { step in
                guard step == 2 else { return }
                try await simulation.stopLeader()
                try simulation.stopHelper()
                for role in [Role.leader, .helper] {
                    try Version5.goBack(simulation.folder + "/\(role).sqlite", version: 3)
                }
                try simulation.startHelper()
                try simulation.startLeader()
            })
        #expect(found == RestartTests.found)
        // Its batch stays its own.
        guard mode == .timeInterval else { return }
        let late = UploadRequest(reports: [try simulation.factory.report(1, time: now - 10)])
        #expect(try await simulation.leader.upload(body: late.encoded()) != nil)
    }

    /// What version 3 had counted.
    private static let counts = "INSERT INTO rejection VALUES (6, 'verification', 3, 5, 2);"

    /// From version 3 to version 2, which had the bytes of uploads in a table.
    private static let withoutPlaces = """
        CREATE TABLE upload (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
        DROP INDEX report_by_place; ALTER TABLE report DROP COLUMN place;
        """

    @Test func uploadsOfVersion2MoveToFiles() async throws {
        let simulation = try Simulation(try TestTask())
        let reports = try RestartTests.values.map { try simulation.factory.report($0) }
        try await simulation.upload(reports)
        try await simulation.stopLeader()
        try FileManager.default.removeItem(atPath: simulation.folder + "/leader.sqlite.uploads")
        try change(
            simulation,
            Version5.toVersion4 + Version5.toVersion3 + Self.counts + Self.withoutPlaces
                + "UPDATE meta SET value = '2' WHERE name = 'version';")
        let database = try DatabaseQueue(path: simulation.folder + "/leader.sqlite")
        try await database.write { db in
            for (index, report) in reports.enumerated() {
                try db.execute(
                    sql: "INSERT INTO upload (id, body) VALUES (?, ?)", arguments: [index + 1, Data(report.encoded())])
            }
        }
        try database.close()
        try simulation.startLeader()
        let bodies = try await simulation.leaderStore.read("test") {
            try $0.reportBodies(rows: 1...1000, in: 0..<UInt64.max, limit: 1000).map(\.body)
        }
        #expect(bodies == reports.map { $0.encoded() })
        // Its walk is not known: it is shown at once.
        let earlier = ReportCount(error: .vdafVerifyError, point: .verification(step: 3, level: 5), count: 2)
        #expect(try await simulation.leader.reportCounts() == [earlier])
        #expect(try await simulation.walk(RestartTests.values, threshold: 5) == RestartTests.found)
    }

    /// To be shown, a store stays in the form that it has.
    @Test(arguments: [3, 4, 5], [false, true]) func aStoreIsShownAsItIs(version: Int, isFolder: Bool) async throws {
        let simulation = try await ImportTests.middle()
        let said = simulation.leaderStore.statement
        try await simulation.stopLeader()
        try simulation.stopHelper()
        let folder = try MigrationFolder()
        let task = simulation.task
        let old = isFolder ? folder.file(.leader, of: task.id) : folder.file(.leader)
        try Version5.goBack("\(simulation.folder)/leader.sqlite", to: old, version: version)
        let before = try folder.files()
        func show(_ digest: [UInt8]) throws -> SQLiteDatastore.Description {
            try SQLiteDatastore.describe(
                path: folder.file(.leader), role: .leader, task: task.id, configurationDigest: digest)
        }
        let digest = try task.aggregator(.leader).configurationDigest
        for _ in 0..<2 {
            let shown = try show(digest)
            #expect(shown.earlier?.version == version && shown.earlier?.path.hasSuffix(old) ?? false)
            #expect(shown.store == (version < 4 ? nil : said.store) && shown.others.isEmpty)
            #expect(version < 4 || shown.peer == said.echo?.store && shown.starts == 1)
        }
        #expect(throws: StoreError.self) { try show([1]) }
        #expect(try folder.files() == before)
        try folder.openOnce(.leader, task)
        let now = try show(digest)
        #expect(now.earlier == nil && now.store != nil)
    }

    @Test func aLaterVersionIsRefused() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.stopLeader()
        try change(simulation, "UPDATE meta SET value = '99' WHERE name = 'version'")
        #expect(throws: StoreError.unknownVersion(99)) {
            try Simulation.store(simulation.folder, simulation.task, .leader)
        }
    }
}
