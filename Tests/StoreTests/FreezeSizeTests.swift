import Aggregator
import Foundation
import PopulusDAP
import StoreSQLite
import Testing

/// What freezing a batch and giving it up cost: it does not grow with the batch, so that nobody's uploads wait for it.
@Suite struct FreezeSizeTests {
    private static let reports = 10_000

    @Test(arguments: [UploadQueue.byTime, .open]) func oneRowABatch(_ queue: UploadQueue) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "freeze-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            // What is left of it is in the temporary folder.
            try? FileManager.default.removeItem(at: folder)
        }
        let (path, task) = (folder.appending(path: "leader.sqlite").path, TaskID.random())
        try SQLiteDatastore.create(
            path: path, role: .leader, task: task, configurationDigest: MadeStore.configurationDigest)
        let datastore = try SQLiteDatastore(path: path, role: .leader)
        let store = try datastore.open(task, configurationDigest: MadeStore.configurationDigest, uploads: queue)
        try await store.write("fill") { transaction in
            for number in 0..<Self.reports { try transaction.upload(number, time: UInt64(number % 10), in: queue) }
        }

        /// How much the log grows: by the pages that a commit changes, as long as it is not brought into the file.
        func growth(_ body: @escaping @Sendable (any StoreTransaction) throws -> Void) async throws -> Int {
            let before = try Self.size(of: path + "-wal")
            try await store.write("measure", body)
            return try Self.size(of: path + "-wal") - before
        }
        let freezing = try await growth { transaction in
            if queue == .byTime {
                _ = try transaction.freeze(.byTime(1, 0..<10))
            } else {
                try transaction.freezeWhatIsFree(as: 1)
            }
        }
        let batch = try await store.read("batch") { try $0.countReports(in: try $0.walk(1).buckets) }
        #expect(batch == Self.reports)
        #expect((1...20 * 4200).contains(freezing), "freezing writes \(freezing) bytes")
        let ending = try await growth { try $0.end(1) }
        #expect((1...20 * 4200).contains(ending), "giving up writes \(ending) bytes")
        // The measure sees what is written for each report.
        let erasing = try await growth { try $0.eraseBodies(in: .all) }
        #expect(erasing > 100 * 4200, "erasing writes \(erasing) bytes")
        try datastore.close()
    }

    private static func size(of path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    }
}
