import Aggregator
import EarlierStores
import Foundation
import GRDB
import PopulusDAP
import StoreSQLite
import Synchronization
import Testing

/// Version 7 kept no tasks, and no operator could end one.
@Suite struct Version7Tests {
    @Test func itIsBroughtToThisVersionAndItsTaskGoesOn() async throws {
        let (folder, task) = (try MigrationFolder(), try TestTask())
        let aggregator = try task.aggregator(.leader)
        try TestStore.create(folder.file(.leader), aggregator)
        try Version7.goBack(folder.file(.leader))
        // Who only looks leaves it as it was.
        _ = try SQLiteDatastore.describe(
            path: folder.file(.leader), role: .leader, task: task.id,
            configurationDigest: aggregator.configurationDigest)
        #expect(try folder.version(.leader) == "7")
        let ends: [TaskEnd?] = [nil, TaskEnd(closed: 5), TaskEnd(closed: 5, stopped: 6)]
        for (end, next) in zip(ends, ends.dropFirst() + [nil]) {
            let datastore = try folder.open(.leader, [task])
            #expect(try datastore.storedTasks() == [StoredTask(id: task.id, end: end, isKept: false)])
            #expect(try datastore.keptTasks(only: nil).isEmpty)
            let store = try datastore.open(aggregator)
            #expect(try await store.read("test") { try $0.taskEnd() } == end)
            if let next { try await store.write("test") { try $0.setTaskEnd(next) } }
            try datastore.close()
            #expect(try folder.version(.leader) == "9")
        }
        // And a task more has its place in it.
        let datastore = try folder.open(.leader, [task])
        let kept = KeptTask(
            id: .random(), configuration: [1], configurationDigest: [2], codePoints: .provisional, clockSkew: 300,
            collectorConfig: [3], added: 4, secrets: [TaskSecret(.verifyKey, label: [0], bytes: [5])],
            reportExpiry: 90)
        try datastore.keep(kept)
        #expect(try datastore.keptTasks(only: nil) == [kept])
        try datastore.close()
    }

    /// A file that a program of version 7 has closed has a mark, which says how it was left, and digests of its pages.
    @Test func aFileThatWasClosedIsBroughtToThisVersionAtWhateverMomentThatIsKilled() throws {
        let (folder, task) = (try MigrationFolder(), try TestTask())
        let aggregator = try task.aggregator(.leader)
        try TestStore.create(folder.file(.leader), aggregator)
        try Version7.goBack(folder.file(.leader))
        // Who only looks closes it as it was, and makes both.
        _ = try SQLiteDatastore.describe(
            path: folder.file(.leader), role: .leader, task: task.id,
            configurationDigest: aggregator.configurationDigest)
        #expect(folder.names("leader.sqlite.uploads").contains("pages"))
        let kills = Mutex<[MigrationFolder]>([])
        let datastore = try SQLiteDatastore(
            path: folder.file(.leader), role: .leader, holding: [task.id],
            onPages: { _ in
                guard let copy = try? MigrationFolder(copying: folder) else { return }
                kills.withLock { $0.append(copy) }
            })
        _ = try datastore.open(aggregator)
        try datastore.close()
        let folders = kills.withLock { $0 }
        #expect(try folders.first.map { try $0.version(.leader) } == "9")
        for folder in folders + [folder] {
            let datastore = try folder.open(.leader, [task])
            #expect(try datastore.storedTasks() == [StoredTask(id: task.id, end: nil, isKept: false)])
            try datastore.close()
        }
    }
}
