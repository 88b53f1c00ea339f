import Aggregator
import Foundation
import GRDB
import Testing

/// Stores that another version of Populus wrote.
@Suite struct StoreVersionTests {
    private func change(_ simulation: Simulation, _ sql: String) throws {
        let database = try DatabaseQueue(path: simulation.folder + "/leader.sqlite")
        try database.write { try $0.execute(sql: sql) }
        try database.close()
        // No earlier version had one; what was changed does not fit it either.
        try? FileManager.default.removeItem(atPath: simulation.folder + "/leader.sqlite.uploads/mark")
    }

    /// From version 5 to version 4, which did not count its commits.
    private static let withoutMark = """
        ALTER TABLE report DROP COLUMN digest; DELETE FROM meta WHERE name = 'commits';
        UPDATE meta SET value = '4' WHERE name = 'version';
        """

    /// Its uploads have no digests, and new ones have.
    @Test func aStoreOfVersion4GoesOn() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(Array(RestartTests.values.dropLast()))
        try await simulation.stopLeader()
        try change(simulation, Self.withoutMark)
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
        try change(simulation, Self.withoutMark + "DELETE FROM report;")
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
                    \(Self.withoutMark) \(Self.withoutLedger) \(Self.withoutPlaces)
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

    /// From version 4 to version 3, which did not know who it was.
    private static let withoutLedger = """
        DROP TABLE incarnation; DROP TABLE peer_incarnation;
        DROP TABLE rejection;
        CREATE TABLE rejection (
            error INTEGER NOT NULL, point TEXT NOT NULL, step INTEGER NOT NULL, level INTEGER NOT NULL,
            count INTEGER NOT NULL, PRIMARY KEY (error, point, step, level)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO rejection VALUES (6, 'verification', 3, 5, 2);
        DELETE FROM meta WHERE name IN ('store', 'noise_key', 'peer_store');
        """

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
            Self.withoutMark + Self.withoutLedger + Self.withoutPlaces
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

    @Test func aLaterVersionIsRefused() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.stopLeader()
        try change(simulation, "UPDATE meta SET value = '99' WHERE name = 'version'")
        #expect(throws: StoreError.unknownVersion(99)) {
            try Simulation.store(simulation.folder, simulation.task, .leader)
        }
    }
}
