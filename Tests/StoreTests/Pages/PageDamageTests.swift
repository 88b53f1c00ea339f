import Aggregator
import Foundation
import PopulusDAP
import StoreSQLite
import Testing

/// One bit of a store that was killed, or stopped: it is refused in words and left as it is, or is of no consequence.
@Suite(.serialized) struct PageDamageTests {
    /// A store with rows in all tables, some in the database, some in the log; and what it holds.
    private static func store(isKilled: Bool) async throws -> (store: PagedStore, images: [TaskImage]) {
        let living = try PagedStore(tasks: Deed.lives.count)
        let datastore = try living.open()
        let stores = try living.tasks.map {
            try datastore.open($0, configurationDigest: MadeStore.configurationDigest, uploads: .byTime)
        }
        for (store, life) in zip(stores, Deed.lives) {
            for deed in life.deeds { try await store.write("deed") { try deed.run($0) } }
        }
        for store in stores { try await Segments.write(for: store) }
        let killed = try living.killed()
        try datastore.close()
        let store = isKilled ? killed : living
        return (store, try await store.killed().images())
    }

    /// Opens a store of which one bit has turned; true where it is refused.
    private static func isRefused(
        _ damaged: PagedStore, _ images: [TaskImage], _ what: @autoclosure () -> String
    ) async throws -> Bool {
        let before = try damaged.files()
        do {
            let found = try await damaged.images()
            #expect(found == images, "\(what()) is served: \(zip(found, images).map { $0.difference(from: $1) })")
            return false
        } catch let error as StoreError {
            #expect(error.description.count > 30)
            #expect(try damaged.files() == before, "\(what())")
            return true
        }
    }

    /// Turns a bit at each of some places of a part, one at a time; returns how many were refused.
    private static func turn(
        _ part: PagedStore.Part, at places: [Int], of store: PagedStore, _ images: [TaskImage], seed: UInt64
    ) async throws -> Int {
        var (refused, bytes) = (0, store.bytes(part))
        for place in places where place < bytes.count {
            let bit = UInt8(1) << UInt8((seed &+ UInt64(place)) % 8)
            bytes[place] ^= bit
            let damaged = try store.killed()
            try damaged.write(bytes, part)
            if try await isRefused(damaged, images, "bit \(bit) of byte \(place) of '\(part.rawValue)', seed \(seed)") {
                refused += 1
            }
            bytes[place] ^= bit
        }
        return refused
    }

    /// A place in each piece of a file.
    private static func places(_ size: Int, of piece: Int, from start: Int, _ seed: UInt64) -> [Int] {
        stride(from: start, to: size, by: piece).map { first in
            first + Int((seed &* 2_654_435_761 &+ UInt64(first) &* 40_503) % UInt64(piece))
        }
    }

    @Test(arguments: [true, false]) func everyPage(isKilled: Bool) async throws {
        let (store, images) = try await Self.store(isKilled: isKilled)
        let seed = UInt64.random(in: 0...1 << 20)
        let size = store.bytes(.database).count
        #expect(size > 20 * 4096 && (store.bytes(.log).count > 4096) == isKilled)
        let pages = Self.places(size, of: 4096, from: 0, seed)
        let refused = try await Self.turn(.database, at: pages, of: store, images, seed: seed)
        // After a kill some are in the log; after a stop there is no page that does not count.
        #expect(isKilled ? refused > 5 : refused == pages.count, "\(refused) of \(pages.count), seed \(seed)")
        for (part, piece, start) in [
            (PagedStore.Part.log, 4120, 32), (.log, 4, 0), (.mark, 16, 0), (.table, 8, 4096), (.table, 8, 0),
        ] {
            let places = Self.places(
                start == 0 ? min(64, store.bytes(part).count) : store.bytes(part).count, of: piece, from: start, seed)
            let refused = try await Self.turn(part, at: places, of: store, images, seed: seed)
            #expect(refused > 0 || places.isEmpty, "\(part), seed \(seed)")
        }
    }

    /// Whatever is cut off.
    @Test(arguments: [true, false]) func everyLength(isKilled: Bool) async throws {
        let (store, images) = try await Self.store(isKilled: isKilled)
        for part in PagedStore.Part.allCases {
            let bytes = store.bytes(part)
            for size in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 12)) {
                for size in [size, size / 4096 * 4096] {
                    let damaged = try store.killed()
                    try damaged.write(Array(bytes[..<size]), part)
                    _ = try await Self.isRefused(damaged, images, "\(size) bytes of '\(part.rawValue)'")
                }
            }
        }
    }

    /// Digests that are lost are not made anew of what is there.
    @Test func withoutItsDigestsItIsRefused() async throws {
        let (store, images) = try await Self.store(isKilled: true)
        try FileManager.default.removeItem(atPath: store.path + PagedStore.Part.table.rawValue)
        #expect(try await Self.isRefused(store, images, "no digests"))
    }

    /// While it runs some pages are looked at every second: what is wrong with one ends the service of all tasks.
    @Test func aPageThatTurnsUnderAServerIsFound() async throws {
        let store = try PagedStore()
        let datastore = try store.open()
        let task = try datastore.open(
            store.tasks[0], configurationDigest: MadeStore.configurationDigest, uploads: .byTime)
        try await task.write("test") { _ = try $0.upload(1) }
        // Some are in the log too, which makes them good.
        let file = try FileHandle(forUpdating: URL(filePath: store.path))
        for page in 2..<store.bytes(.database).count / 4096 {
            try file.seek(toOffset: UInt64(page * 4096 + 3000))
            let byte = try #require(try file.read(upToCount: 1)?.first)
            try file.seek(toOffset: UInt64(page * 4096 + 3000))
            try file.write(contentsOf: [byte ^ 1])
        }
        try file.close()
        for _ in 0..<100 where datastore.outage == nil { try await Task.sleep(for: .milliseconds(100)) }
        let outage = datastore.outage
        #expect(outage?.description.contains("is not as it was written") ?? false, "\(outage as Any)")
        await #expect(throws: StoreError.self) { try await task.write("test") { _ = try $0.upload(2) } }
        try datastore.close()
        await #expect(throws: StoreError.self) { try await store.images() }
    }

    /// The case that was found: a sum that is off by one bit, in the database after a kill.
    @Test func aSumThatIsOffByOneIsRefused() async throws {
        let store = try PagedStore()
        let share: [UInt8] = (0..<32).map { 0xa0 ^ $0 }
        let datastore = try store.open(checkpointPages: 1)
        let task = try datastore.open(
            store.tasks[0], configurationDigest: MadeStore.configurationDigest, uploads: .byTime)
        try await task.write("test") { transaction in
            let bucket = BatchBucket.at(1, count: 2)
            try transaction.putBucket(
                BatchBucket(
                    key: bucket.key, parameter: bucket.parameter, share: share, count: bucket.count,
                    checksum: bucket.checksum, times: bucket.times))
        }
        // The page is in the database by now, and a clean stop never was.
        let killed = try store.killed()
        try datastore.close()
        try FileManager.default.removeItem(atPath: killed.path + PagedStore.Part.log.rawValue)
        #expect(try await killed.killed().images().count == 1)
        var bytes = killed.bytes(.database)
        let place = try #require((0..<bytes.count - share.count).first { Array(bytes[$0..<$0 + share.count]) == share })
        bytes[place] ^= 1
        try killed.write(bytes, .database)
        let error = await #expect(throws: StoreError.self) { try await killed.images() }
        #expect(error?.description.contains("is not as it was written") ?? false, "\(error as Any)")
    }
}
