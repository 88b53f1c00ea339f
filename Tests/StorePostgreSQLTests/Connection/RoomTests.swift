#if PostgreSQL
import Aggregator
import PopulusDAP
import StorePostgreSQL
import Testing

/// How much room a store takes: asked by whoever reads the metrics, who waits for no database.
@Suite struct RoomTests {
    @Test func theDatabaseAndTheCacheAreMeasured() async throws {
        let one = try OneTask()
        let (datastore, store) = try one.open()
        let before = await datastore.room()
        #expect(before.bytes["database"] ?? 0 > 100_000, "\(before)")
        #expect(before.bytes["segments"] == 0 && before.freeBytes["segments"] ?? 0 > 0, "\(before)")
        try await store.write("uploads", .uploads) { transaction in
            let body = [UInt8](repeating: 1, count: 200_000)
            _ = try transaction.insertReports([NewUpload(.random(), time: 1, body: body)], in: .byTime)
        }
        #expect(await datastore.room().bytes["database"] ?? 0 > before.bytes["database"] ?? 0)
        try datastore.close()
        #expect(await datastore.room().bytes["database"] == nil)
    }
}
#endif
