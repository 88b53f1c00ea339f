#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// Processes that share a store, and those that would have it alone.
@Suite(.serialized) struct SharedLockTests {
    /// Waits for nobody: whoever has a lock in these tests lives.
    private static var hasty: PostgreSQLLimits {
        var limits = PostgreSQLLimits()
        limits.handover = 0
        return limits
    }

    private static func words(of error: StoreError?) -> String {
        guard case .inUse(let words) = error else { return "no: \(error as Any)" }
        return words
    }

    @Test func oneThatIsAloneKeepsOthersOut() async throws {
        let two = try TwoProcesses()
        let (datastore, _) = try two.one.open()
        let words = Self.words(of: try await two.refusal(1, limits: Self.hasty))
        #expect(words.contains("another server has the store alone"), "\(words)")
        try datastore.close()
        #expect(try await two.refusal(1) == nil)
        try two.remove()
    }

    @Test func thoseThatShareKeepOneOutThatWouldBeAlone() async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        let words = Self.words(of: try two.one.refusal(Self.hasty))
        #expect(words.contains("and 1 more: servers share the store"), "\(words)")
        // As every command that changes something for good.
        let address = try PostgreSQLAddress(two.one.place.database.uri())
        let error = await storeError { _ = try PostgreSQLDatastore.migrate(at: address, role: .leader) }
        #expect(Self.words(of: error).contains("all of them are stopped"), "\(error as Any)")
        for process in [first, second] { try process.datastore.close() }
        #expect(try two.one.refusal() == nil)
        try two.remove()
    }

    /// Each has the folder of segments and marks to itself.
    @Test func aFolderIsOneProcesss() async throws {
        let two = try TwoProcesses()
        let first = try await two.open(1)
        let words = Self.words(of: try await two.refusal(1))
        #expect(words.contains("process-1"), "\(words)")
        try first.datastore.close()
        try two.remove()
    }

    /// Both go on where the connections that hold their locks are cut.
    @Test func locksThatWereCutAreTakenAgain() async throws {
        let two = try TwoProcesses()
        let (first, second) = (try await two.open(1), try await two.open(2))
        for step in 0..<3 as Range<UInt16> {
            try two.cutLocks()
            try await first.store.recordStep(2 * step)
            try await second.store.recordStep(2 * step + 1)
        }
        #expect(try await first.store.steps == Array(0..<6))
        for process in [first, second] { try process.datastore.close() }
        try two.remove()
    }

    /// One that had the store alone meanwhile ends those that shared it, be it that it has ended as well.
    @Test(arguments: [true, false]) func somebodyElseHadItMeanwhile(hasEnded: Bool) async throws {
        let two = try TwoProcesses()
        let proxy = try PostgreSQLProxy(to: two.one.place.database.server)
        let process = try await two.open(1, through: proxy, limits: Self.hasty)
        try await process.store.recordStep(0)
        // It finds no way to the server, while another one does.
        proxy.decide { _ in .loseBoth }
        proxy.cut()
        var datastore: PostgreSQLDatastore?
        if hasEnded {
            _ = try PostgreSQLDatastore.migrate(
                at: try PostgreSQLAddress(two.one.place.database.uri()), role: .leader)
        } else {
            datastore = try two.one.place.connect()
        }
        proxy.decide(nil)
        let error = await storeError { try await process.store.recordStep(1) }
        guard case .inUse = error, case .inUse = process.store.outage else {
            Issue.record("it goes on: \(error as Any), \(process.store.outage as Any)")
            return
        }
        try datastore?.close()
        try process.datastore.close()
        proxy.close()
        try two.remove()
    }

    /// A pooler that shares connections by transaction is told from one that keeps a client's own, and from a server.
    @Test func poolers() async throws {
        let two = try TwoProcesses()
        let database = two.one.place.database
        let sharing = try PostgreSQLPooler(to: database.server, .transaction)
        let address = database.uri(through: sharing.socketFolder)
        let changing = { try PostgreSQLDatastore.migrate(at: try PostgreSQLAddress(address), role: .leader) }
        for attempt in 0..<3 {
            let opening = await storeError { try two.one.place.connect(to: address).close() }
            let command = await storeError { _ = try changing() }
            for error in [opening, command] {
                guard case .unfit(let words) = error, words.contains("pooler") else {
                    Issue.record("attempt \(attempt): \(error as Any)")
                    continue
                }
            }
        }
        try sharing.close()
        let keeping = try PostgreSQLPooler(to: database.server, .session)
        let datastore = try two.one.place.connect(to: database.uri(through: keeping.socketFolder))
        let store = try two.one.open(in: datastore)
        try await store.recordStep(0)
        #expect(try await store.steps == [0])
        try datastore.close()
        try keeping.close()
        try two.remove()
    }
}
#endif
