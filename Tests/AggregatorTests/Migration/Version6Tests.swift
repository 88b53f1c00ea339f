import Aggregator
import EarlierStores
import Foundation
import GRDB
import PopulusDAP
import StoreSQLite
import Synchronization
import Testing

/// Version 6 had one file for all tasks of a role, and did not count what Collectors are told of rejected reports.
@Suite struct Version6Tests {
    private static let latest: UInt64 = 300

    @Test func itIsBroughtToThisVersionAndNobodySaysNone() async throws {
        let (folder, task) = (try MigrationFolder(), try TestTask())
        let aggregator = try task.aggregator(.leader)
        try TestStore.create(folder.file(.leader), aggregator)
        try Self.goBack(folder.file(.leader))
        for _ in 0..<2 {
            let datastore = try folder.open(.leader, [task])
            let store = try datastore.open(aggregator)
            let told = try await store.read("test") { try Self.told($0) }
            #expect(told == [nil, [], nil, [], nil, nil, []])
            try datastore.close()
        }
        // And a task more has its place in it.
        let other = try TestTask()
        try TestStore.create(folder.file(.leader), try other.aggregator(.leader))
        try folder.openOnce(.leader, other)
    }

    /// A file that a program of version 6 has closed has a mark, which says how it was left, and digests of its pages.
    @Test func aFileThatWasClosedIsBroughtToThisVersionAtWhateverMomentThatIsKilled() async throws {
        let (folder, task) = (try MigrationFolder(), try TestTask())
        let aggregator = try task.aggregator(.leader)
        try TestStore.create(folder.file(.leader), aggregator)
        try Self.goBack(folder.file(.leader))
        // Who only looks closes it as it was, and makes both.
        for _ in 0..<2 {
            _ = try SQLiteDatastore.describe(
                path: folder.file(.leader), role: .leader, task: task.id,
                configurationDigest: aggregator.configurationDigest)
            #expect(try folder.version(.leader) == "6")
        }
        let mark = try #require(folder.files()["leader.sqlite.uploads/mark"])
        #expect(String(decoding: mark, as: UTF8.self).contains("\nclosed "))
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
            let store = try datastore.open(aggregator)
            let told = try await store.read("test") { try Self.told($0) }
            #expect(told == [nil, [], nil, [], nil, nil, []])
            try datastore.close()
        }
    }

    /// What is told of what was there before, and of what came later.
    private static func told(_ transaction: any StoreTransaction) throws -> [[RejectedReports]?] {
        let (one, other) = (BatchBucketKey(Time(units: latest)), BatchBucketKey(Time(units: latest + 1)))
        let walk = try #require(WalkID(bytes: [UInt8](repeating: 1, count: 16)))
        let selected = try #require(BatchID(bytes: [UInt8](repeating: 2, count: 32)))
        return [
            try transaction.rejectedReports(of: RejectionSubject(walk)),
            try transaction.rejectedReports(of: RejectionSubject(WalkID.random())),
            try transaction.rejectedReports(of: RejectionSubject(BatchBucketKey(selected))),
            try transaction.rejectedReports(of: RejectionSubject(BatchBucketKey(BatchID.random()))),
            try transaction.rejectedReports(of: RejectionSubject.all(of: BatchBucketKey(Time(units: 1))...one)),
            try transaction.rejectedReports(of: RejectionSubject.all(of: one...other)),
            try transaction.rejectedReports(of: RejectionSubject(other)),
        ]
    }

    /// Makes a file that was never opened one of version 6, with a walk, a batch and a report.
    private static func goBack(_ path: String) throws {
        try Version7.goBack(path)
        let database = try DatabaseQueue(path: path)
        try database.write { db in
            try db.execute(
                sql: """
                    DROP TABLE rejected;
                    INSERT INTO walk (task, walk_id, batch_selector, started_at, key_id, first_bucket, end_bucket,
                        interval_start, interval_end, frozen, initial_count, ended)
                    VALUES (0, x'\(String(repeating: "01", count: 16))', x'', 1, 0, 0, 0, 0, 0, 0, 0, 'completed');
                    INSERT INTO selected_batch (task, batch_id, parameter, open, claimed)
                    VALUES (0, x'\(String(repeating: "02", count: 32))', x'', 1, 0);
                    INSERT INTO report (task, report_id, time, bucket, bytes, job)
                    VALUES (0, x'\(String(repeating: "03", count: 16))', \(latest), 0, 0, -1);
                    UPDATE meta SET value = '6' WHERE name = 'version';
                    """)
        }
        try database.close()
    }
}
