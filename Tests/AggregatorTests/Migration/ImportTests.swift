import Aggregator
import EarlierStores
import Foundation
import GRDB
import PopulusDAP
import StoreSQLite
import Testing

/// Stores that had a file for each task come into the file of their role.
@Suite struct ImportTests {
    /// Two tasks with walks in the middle, both roles, each in a file of its own: both come to the exact result.
    @Test(arguments: [3, 4, 5]) func severalWalksGoOn(version: Int) async throws {
        let (first, second) = (try Simulation(try TestTask()), try Simulation(try TestTask()))
        try await first.upload(RestartTests.values)
        try await second.upload(RestartTests.values)
        let folder = try MigrationFolder()
        var datastores: [SQLiteDatastore] = []
        let found = try await first.walk(
            RestartTests.values, threshold: 5,
            beforeStep: { step in
                guard step == 1 else { return }
                let found = try await second.walk(
                    RestartTests.values, threshold: 5,
                    beforeStep: { step in
                        guard step == 2 else { return }
                        datastores = try await Self.bring([first, second], to: folder, version)
                    })
                #expect(found == RestartTests.found)
            })
        #expect(found == RestartTests.found)
        for simulation in [first, second] {
            // And everything that was evaluated is known.
            let again = try Self.refused(
                try await RogueLeader(simulation: simulation).create(walk: .random(), batch: .random()))
            #expect(again > 0)
            try await simulation.stopLeader()
        }
        for datastore in datastores { try datastore.close() }
    }

    private static func refused(_ answer: AggregationJobResp) throws -> Int {
        #expect(answer.verifyResps.allSatisfy { $0.outcome == .reject(.reportReplayed) })
        return answer.verifyResps.count
    }

    private static func bring(
        _ simulations: [Simulation], to folder: MigrationFolder, _ version: Int
    ) async throws -> [SQLiteDatastore] {
        let tasks = simulations.map(\.task)
        for simulation in simulations {
            try await simulation.stopLeader()
            try simulation.stopHelper()
            for role in [Role.leader, .helper] { try simulation.goBack(role, in: folder, version: version) }
        }
        let (leader, helper) = (try folder.open(.leader, tasks), try folder.open(.helper, tasks))
        for simulation in simulations {
            try simulation.startHelper(on: try TestStore(in: helper, try simulation.task.aggregator(.helper)))
            try simulation.startLeader(on: try TestStore(in: leader, try simulation.task.aggregator(.leader)))
        }
        return [leader, helper]
    }

    /// Bindings first of all; who it is and how far, its noise, its history, its uploads byte by byte.
    @Test(arguments: [Role.leader, .helper]) func nothingIsLost(role: Role) async throws {
        let simulation = try await Self.middle()
        let store = role == .leader ? simulation.leaderStore : simulation.helperStore
        let (before, noise, bodies) = (store.statement, store.noiseKey, try await Self.bodies(of: store))
        #expect(role == .helper || !bodies.isEmpty)
        try await simulation.stopLeader()
        try simulation.stopHelper()
        let folder = try MigrationFolder()
        try simulation.goBack(role, in: folder)
        // Another task first, so that rows, places and segments get new numbers.
        let other = try TestTask()
        try TestStore.create(folder.file(role), try other.aggregator(role))
        let old = folder.file(role, of: simulation.task.id)
        let was = try StoreContents(version5: old)
        #expect(was.bindings.contains { !$0.contains("NULL NULL") } && !was.incarnations.isEmpty)
        let datastore = try folder.open(role, [simulation.task, other])
        let now = try TestStore(in: datastore, try simulation.task.aggregator(role))
        #expect(try await Self.bodies(of: now) == bodies)
        #expect(now.statement.store == before.store && now.statement.echo == before.echo && now.noiseKey == noise)
        // The other aggregator's memory of it fits.
        let memory = StoreStatement(
            store: try #require(before.echo?.store), current: Incarnation(id: .random(), count: 0),
            echo: StoreEcho(store: before.store, newest: [before.current]))
        #expect(await now.examine(memory) == nil)
        try datastore.close()
        #expect(try StoreContents(folder.file(role), task: simulation.task.id).beforeStart().rows == was.rows)
        try Self.expectSuperseded(old, by: folder.file(role), of: simulation.task, role)
    }

    /// A walk with its first step done, its second asked for and not answered, and uploads that wait.
    static func middle(version: Int = 5) async throws -> Simulation {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(RestartTests.values)
        let walk = WalkID.random()
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        _ = try await simulation.collect(walk, 1, try simulation.level7(0x1234, 0xABCD))
        try await simulation.upload([7, 7, 7])
        return simulation
    }

    static func bodies(of store: TestStore) async throws -> [[UInt8]] {
        try await store.read("test") {
            try $0.reportBodies(rows: 1...Int64.max, in: 0..<UInt64.max, limit: 1000).map(\.body)
        }
    }

    /// The old file is refused by every program, holds nothing any more, and says where it went.
    static func expectSuperseded(_ old: String, by new: String, of task: TestTask, _ role: Role) throws {
        #expect(try !EarlierProgram.serves(old))
        for name in [".uploads", ".segments", "-wal"] { #expect(!FileManager.default.fileExists(atPath: old + name)) }
        let error = #expect(throws: StoreError.self) { try SQLiteDatastore(path: old, role: role) }
        #expect(error?.description.contains(new) ?? false)
        let database = try DatabaseQueue(path: old)
        defer { try? database.close() }
        let tables = try database.read {
            try String.fetchAll($0, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        #expect(tables == ["meta"])
    }
}
