import Aggregator
import EarlierStores
import Foundation
import GRDB
import PopulusDAP
import StoreSQLite
import Testing

/// Version 8 did not say when an answer was given: such an answer goes by when it was asked for, as it did.
@Suite struct Version8Tests {
    @Test func itIsBroughtToThisVersionAndItsAnswersExpireAsTheyDid() async throws {
        let (folder, task) = (try MigrationFolder(), try TestTask())
        let aggregator = try task.aggregator(.helper)
        try TestStore.create(folder.file(.helper), aggregator)
        try Version8.goBack(folder.file(.helper))
        try Self.insertAnswer(at: folder.file(.helper))
        // Who only looks leaves it as it was.
        _ = try SQLiteDatastore.describe(
            path: folder.file(.helper), role: .helper, task: task.id,
            configurationDigest: aggregator.configurationDigest)
        #expect(try folder.version(.helper) == "8")
        let later = ResourceRecord(
            id: try Self.resource(2), about: .batch([1]), request: [1], requestDigest: [2], createdAt: 50)
        for start in 0..<2 {
            let datastore = try folder.open(.helper, [task])
            let store = try datastore.open(aggregator)
            if start == 0 {
                try await store.write("test") { transaction in
                    try transaction.insertResource(later)
                    var answered = later
                    (answered.state, answered.answeredAt) = (.released, 80)
                    try transaction.updateResource(answered)
                }
            }
            let earlier = try #require(
                try await store.read("test") { try $0.resource(try Self.resource(1)) })
            #expect(earlier.answeredAt == nil && earlier.createdAt == 50)
            let found = try await store.read("test") { transaction in
                try [50, 51, 81].map { try transaction.expiredResources(before: $0, limit: 9) }
            }
            #expect(try found == [[], [Self.resource(1)], [Self.resource(1), Self.resource(2)]])
            try datastore.close()
            #expect(try folder.version(.helper) == "9")
        }
    }

    private static func resource(_ number: UInt8) throws -> ResourceID {
        try #require(ResourceID(bytes: [UInt8](repeating: number, count: 16)))
    }

    private static func insertAnswer(at path: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO resource (task, resource_id, batch_selector, request_digest, request, state, closed,
                        created_at, last_row, response, failure_status)
                    VALUES (0, x'\(String(repeating: "01", count: 16))', x'01', x'01', x'01', 'released', 0, 50, 0, x'01', 0)
                    """)
        }
        try database.close()
    }
}
