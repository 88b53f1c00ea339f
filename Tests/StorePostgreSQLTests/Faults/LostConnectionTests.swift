#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Synchronization
import Testing

/// Connections that break anywhere: what was acknowledged is there, once, and everything else is there once or not at all.
@Suite(.serialized) struct LostConnectionTests {
    /// A third of all COMMITs is lost in one way or another, and a few of everything else: writes that share a commit are many
    /// messages.
    private static func losses(_ seed: UInt64) -> @Sendable (PostgreSQLProxy.Request) -> PostgreSQLProxy.Fate {
        let fates: [PostgreSQLProxy.Fate] = [.loseAnswer, .loseRequest, .loseBoth]
        let state = Dice(seed)
        return { request in
            let random = state.next()
            guard random % (request.isCommit && request.isOfWrite ? 3 : 1500) == 0 else { return .pass }
            return fates[Int(random / 1500 % 3)]
        }
    }

    /// Numbers that follow from a seed, as SplitMix makes them.
    private final class Dice: Sendable {
        private let state: Mutex<UInt64>

        init(_ seed: UInt64) { state = Mutex(seed) }

        func next() -> UInt64 {
            var mixed = state.withLock { state in
                state &+= 0x9e37_79b9_7f4a_7c15
                return state
            }
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func sumsAreExact(seed: UInt64) async throws {
        let one = try OneTask()
        let proxy = try PostgreSQLProxy(to: one.place.database.server)
        let (datastore, store) = try one.open(through: proxy)
        proxy.decide(Self.losses(seed))
        let done = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for number in 1...60 as ClosedRange<UInt64> {
                group.addTask { try await store.add(number) - number }
            }
            return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
        }
        proxy.decide(nil)
        #expect(done.count == 60, "no two have seen the same")
        #expect(try await store.sum == 60 * 61 / 2)
        try datastore.close()
        proxy.close()
        try one.place.remove()
    }

    /// The same of uploads, which run beside each other: none twice, none lost.
    @Test(arguments: 0..<4 as Range<UInt64>) func uploadsAreThereOnce(seed: UInt64) async throws {
        let one = try OneTask()
        let proxy = try PostgreSQLProxy(to: one.place.database.server)
        let (datastore, store) = try one.open(through: proxy)
        proxy.decide(Self.losses(seed))
        let outcomes = try await withThrowingTaskGroup(of: [UploadOutcome].self) { group in
            for number in 0..<40 {
                group.addTask {
                    let uploads = (0..<5).map { place in
                        let id = ReportID(words: [7, UInt64(5 * number + place)])
                        return NewUpload(id, time: UInt64(place), body: id.bytes + [UInt8(place)])
                    }
                    return try await store.write("upload", .uploads) {
                        try $0.insertReports(uploads, in: .byTime)
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        proxy.decide(nil)
        #expect(outcomes.count { $0 == .stored } == 200)
        let count = try await store.read("count") { try $0.countReports(in: 0..<UInt64.max) }
        #expect(count == 200)
        try datastore.close()
        proxy.close()
        try one.place.remove()
    }

    /// A server that is away for good: the write fails within its time, says so, and a later one goes well.
    @Test func aServerThatIsAway() async throws {
        let server = try PostgreSQLServer()
        let one = try OneTask(in: PostgreSQLPlace(.leader, in: try server.makeDatabase()))
        var limits = PostgreSQLLimits()
        (limits.retry, limits.connect) = (2, 2)
        let (datastore, store) = try one.open(limits: limits)
        #expect(try await store.add(1) == 1)
        for how in [PostgreSQLServer.Stop.fast, .immediate, .kill] {
            try server.stop(how)
            let error = await storeError { _ = try await store.add(100) }
            #expect(error != nil && store.outage == nil, "\(how): \(error as Any)")
            try server.start()
            // The lock of the process is had again after a pause; until then a write fails before anything is sent.
            var isAdded = false
            for _ in 0..<10 where !isAdded { isAdded = await storeError { _ = try await store.add(1) } == nil }
            #expect(isAdded, "\(how)")
        }
        #expect(try await store.sum == 4)
        try datastore.close()
        try one.place.loseCache()
        try server.end()
    }
}
#endif
