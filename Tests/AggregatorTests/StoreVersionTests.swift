import Aggregator
import GRDB
import Testing

/// Stores that another version of Populus wrote.
@Suite struct StoreVersionTests {
    private func change(_ simulation: Simulation, _ sql: String) throws {
        let database = try DatabaseQueue(path: simulation.folder + "/leader.sqlite")
        try database.write { try $0.execute(sql: sql) }
        try database.close()
    }

    @Test func aWalkGoesOnInAStoreOfVersion1() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(RestartTests.values)
        let found = try await simulation.walk(
            RestartTests.values, threshold: 5,
            beforeStep: { step in
                guard step == 1 else { return }
                try await simulation.stopLeader()
                // All that version 2 added.
                try change(
                    simulation,
                    """
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

    @Test func aLaterVersionIsRefused() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.stopLeader()
        try change(simulation, "UPDATE meta SET value = '99' WHERE name = 'version'")
        #expect(throws: StoreError.unknownVersion(99)) {
            try Simulation.store(simulation.folder, simulation.task, .leader)
        }
    }
}
