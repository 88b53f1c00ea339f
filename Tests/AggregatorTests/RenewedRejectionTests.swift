import Aggregator
import Foundation
import GRDB
import PopulusDAP
import StoreSQLite
import Testing

/// What is told of rejected reports once a store was renewed.
@Suite struct RenewedRejectionTests {
    @Test func nothingIsToldOfAWalkThatTheRenewalEnds() async throws {
        let (folder, task) = (try MigrationFolder(), try TestTask())
        let aggregator = try task.aggregator(.leader)
        let path = folder.file(.leader)
        try TestStore.create(path, aggregator)
        let walks = try [1, 2].map { try #require(WalkID(bytes: [UInt8](repeating: $0, count: 16))) }
        let datastore = try folder.open(.leader, [task])
        let store = try datastore.open(aggregator)
        try await store.write("test") { transaction in
            for walk in walks {
                let rejected = RejectedReports(party: .leader, reason: .vdafVerifyError, count: 3)
                try transaction.addRejected(rejected, of: RejectionSubject(walk))
            }
        }
        try datastore.close()
        try await Self.add(walks, to: path)
        // It has lost its mark, so it is renewed as one that is not whole.
        try TestStore.renew(path, aggregator, earliestReportTime: 0)
        let renewed = try folder.open(.leader, [task])
        let counts = try await renewed.open(aggregator).read("test") { transaction in
            try walks.map { try transaction.rejectedReports(of: RejectionSubject($0))?.map(\.count) }
        }
        #expect(counts == [nil, [3]])
        try renewed.close()
    }

    /// It expires by then: whoever asked long ago may yet hear why.
    @Test func whatTheRenewalEndsIsAnsweredThen() async throws {
        let (folder, task) = (try MigrationFolder(), try TestTask())
        let aggregator = try task.aggregator(.leader)
        try TestStore.create(folder.file(.leader), aggregator)
        let asked = ResourceRecord(
            id: try #require(ResourceID(bytes: [UInt8](repeating: 1, count: 16))), about: .batch([1]), request: [1],
            requestDigest: [1], createdAt: 50)
        let datastore = try folder.open(.leader, [task])
        try await datastore.open(aggregator).write("test") { try $0.insertResource(asked) }
        try datastore.close()
        try TestStore.renew(folder.file(.leader), aggregator, earliestReportTime: 0)
        let renewed = try folder.open(.leader, [task])
        let (found, expired) = try await renewed.open(aggregator).read("test") { transaction in
            (try transaction.resource(asked.id), try transaction.expiredResources(before: 1_700_000_000, limit: 9))
        }
        #expect(found?.state == .failed && expired.isEmpty)
        try renewed.close()
    }

    /// The first of two walks goes on, the other one has ended.
    private static func add(_ walks: [WalkID], to path: String) async throws {
        let database = try DatabaseQueue(path: path)
        try await database.write { db in
            for (walk, end) in zip(walks, [nil, "completed"]) {
                try db.execute(
                    sql: """
                        INSERT INTO walk (task, walk_id, batch_selector, started_at, key_id, first_bucket, end_bucket,
                            interval_start, interval_end, frozen, initial_count, ended)
                        VALUES (0, ?, x'', 1, 0, 0, 0, 0, 0, 0, 0, ?)
                        """, arguments: [Data(walk.bytes), end])
            }
        }
        try database.close()
        for name in ["mark", "pages"] { try FileManager.default.removeItem(atPath: "\(path).uploads/\(name)") }
    }
}
