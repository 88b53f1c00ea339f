#if PostgreSQL
import Aggregator
import PopulusDAP
import StorePostgreSQL
import Testing

/// The bytes of uploads that were forgotten leave the database, and its files, with the partition that they were in.
@Suite struct ForgottenRoomTests {
    @Test func partitionsOfForgottenUploadsAreDropped() async throws {
        let one = try OneTask()
        let (datastore, store) = try one.open()
        func partitions() throws -> Int {
            try one.place.database.query("SELECT relname FROM pg_class WHERE relname ~ '^upload_[0-9]+_[0-9]+$'").count
        }
        func returned() async throws -> Int {
            try await store.write("return forgotten room") { try $0.returnForgottenRoom() }
            return try partitions()
        }
        // Tomorrow's may be made ahead.
        let empty = try partitions()
        _ = try await store.write("uploads", .uploads) { transaction in
            try transaction.insertReports(
                (1...2).map { NewUpload(.random(), time: $0, body: [UInt8](repeating: 1, count: 100)) }, in: .byTime)
        }
        #expect(try partitions() > empty)
        try await forget(before: 2, in: store)
        let kept = try await returned()
        #expect(kept > empty, "one upload is there still")
        try await forget(before: 3, in: store)
        // A backup reads it: it stays, and goes with a later turn.
        do {
            let session = try one.place.database.server.session(database: one.place.database.name)
            try session.query("BEGIN; LOCK TABLE upload IN ACCESS SHARE MODE")
            let names = try session.query("SELECT relname FROM pg_class WHERE relname ~ '^upload_[0-9]+_[0-9]+$'")
            for name in names.compactMap({ $0.first ?? nil }) {
                try session.query("LOCK TABLE \(name) IN ACCESS SHARE MODE")
            }
            #expect(try await returned() == kept)
            try session.query("COMMIT")
        }
        #expect(try await returned() < kept)
        try datastore.close()
        try one.place.remove()
    }

    private func forget(before time: UInt64, in store: any TaskStore) async throws {
        try await store.write("forget") { transaction in
            try transaction.forgetReports(try transaction.expiredReports(before: time, after: nil, limit: 9).reports)
        }
    }
}
#endif
