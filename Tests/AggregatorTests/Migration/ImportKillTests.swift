import Aggregator
import EarlierStores
import Foundation
import PopulusDAP
import StoreSQLite
import Testing

/// A kill after any step by which a store of an earlier version comes here.
@Suite struct ImportKillTests {
    /// What an import goes through, from its beginning.
    private static let steps: [ImportStep] = [
        .settled, .linked, .filled, .arrived, .marked, .superseded, .here, .emptied, .removed,
    ]

    /// Killed, and killed once more while the next process goes on: never can both files serve, and in the end everything is
    /// there once.
    @Test(arguments: [Role.leader, .helper]) func everyKill(role: Role) async throws {
        let simulation = try await ImportTests.middle()
        let task = simulation.task
        let bodies = role == .leader ? try await ImportTests.bodies(of: simulation.leaderStore) : []
        try await simulation.stopLeader()
        try simulation.stopHelper()
        let folder = try MigrationFolder()
        try simulation.goBack(role, in: folder)
        let was = try StoreContents(version5: folder.file(role, of: task.id))
        let segments = folder.names("\(role)-\(task.id).sqlite.segments")
        #expect(!segments.isEmpty)
        let kills = Kills()
        try folder.openOnce(role, task, kills.observer(of: folder))
        #expect(kills.all.map(\.step) == Self.steps)
        for kill in kills.all {
            try Self.expectOneAtMost(kill.folder, role, task, after: [kill.step])
            let more = Kills()
            try kill.folder.openOnce(role, task, more.observer(of: kill.folder))
            for second in more.all {
                try Self.expectOneAtMost(second.folder, role, task, after: [kill.step, second.step])
                try second.folder.openOnce(role, task)
                try await Self.expectAll(was, bodies, segments, in: second.folder, role, task)
            }
            try await Self.expectAll(was, bodies, segments, in: kill.folder, role, task)
        }
    }

    /// An earlier program may serve from the old file, or this one from the new: not both.
    private static func expectOneAtMost(
        _ folder: MigrationFolder, _ role: Role, _ task: TestTask, after steps: [ImportStep]
    ) throws {
        let isOld = try EarlierProgram.serves(folder.file(role, of: task.id))
        let isNew = try EarlierProgram.isHere(folder.file(role))
        #expect(!(isOld && isNew), "\(steps)")
        // Before the old one is marked it is as good as ever, and afterwards never again.
        let isMarked = steps.contains { [.marked, .superseded, .here, .emptied, .removed].contains($0) }
        #expect(isOld != isMarked, "\(steps)")
    }

    private static func expectAll(
        _ was: StoreContents, _ bodies: [[UInt8]], _ segments: [String], in folder: MigrationFolder, _ role: Role,
        _ task: TestTask
    ) async throws {
        var now = try StoreContents(folder.file(role), task: task.id)
        // Each start has added one.
        while now.incarnations.count > was.incarnations.count { now = now.beforeStart() }
        #expect(now.rows == was.rows)
        #expect(folder.names("\(role).sqlite.segments").count == segments.count)
        let store = try TestStore(folder.file(role), try task.aggregator(role))
        #expect(try await ImportTests.bodies(of: store) == bodies)
        try store.close()
        let uploads = folder.names("\(role).sqlite.uploads").filter { $0 != "mark" && $0 != "pages" }
        #expect(uploads.count == (bodies.isEmpty ? 0 : 1))
        try ImportTests.expectSuperseded(folder.file(role, of: task.id), by: "\(role).sqlite", of: task, role)
    }

    /// Both aggregators are killed at the same step, and the walk goes on to the exact result.
    @Test(arguments: steps) func theWalkGoesOn(after step: ImportStep) async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(RestartTests.values)
        // They go with their last reader.
        var folders: [MigrationFolder] = []
        let found = try await simulation.walk(
            RestartTests.values, threshold: 5,
            beforeStep: { number in
                guard number == 2 else { return }
                try await simulation.stopLeader()
                try simulation.stopHelper()
                var killed: [Role: MigrationFolder] = [:]
                for role in [Role.leader, .helper] {
                    let (folder, kills) = (try MigrationFolder(), Kills())
                    try simulation.goBack(role, in: folder)
                    try folder.openOnce(role, simulation.task, kills.observer(of: folder))
                    killed[role] = try #require(kills.all.first { $0.step == step }).folder
                }
                let (leader, helper) = (try #require(killed[.leader]), try #require(killed[.helper]))
                folders = [leader, helper]
                try helper.openOnce(.helper, simulation.task)
                try leader.openOnce(.leader, simulation.task)
                try simulation.startHelper(
                    on: try TestStore(helper.file(.helper), try simulation.task.aggregator(.helper)))
                try simulation.startLeader(
                    on: try TestStore(leader.file(.leader), try simulation.task.aggregator(.leader)))
            })
        withExtendedLifetime(folders) {}
        #expect(found == RestartTests.found)
        try await simulation.stopLeader()
        try simulation.stopHelper()
        folders = []
    }

    /// In its own place it is one transaction.
    @Test(arguments: [3, 5]) func aKillInPlace(version: Int) async throws {
        let simulation = try await ImportTests.middle()
        let task = simulation.task
        let bodies = try await ImportTests.bodies(of: simulation.leaderStore)
        try await simulation.stopLeader()
        try simulation.stopHelper()
        let folder = try MigrationFolder()
        let path = folder.path + "/own.sqlite"
        let bindings = try StoreContents("\(simulation.folder)/leader.sqlite", task: task.id).bindings
        try Version5.goBack("\(simulation.folder)/leader.sqlite", to: path, version: version)
        let kills = Kills()
        try SQLiteDatastore(path: path, role: .leader, onImport: kills.observer(of: folder)).close()
        #expect(kills.all.map(\.step) == [.converted, .convertedForGood])
        for (step, killed) in kills.all {
            let path = killed.path + "/own.sqlite"
            #expect(try EarlierProgram.serves(path) == (step == .converted))
            let store = try TestStore(path, try task.aggregator(.leader))
            #expect(try await ImportTests.bodies(of: store) == bodies)
            try store.close()
            let now = try StoreContents(path, task: task.id).bindings
            #expect(version == 5 ? now == bindings : now.count == bindings.count)
        }
    }
}
