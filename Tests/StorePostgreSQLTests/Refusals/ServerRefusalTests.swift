#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// Servers and databases that no store is opened in: what is wrong is named, and nothing is changed.
@Suite(.serialized) struct ServerRefusalTests {
    @Test(arguments: ["off", "local"]) func aCommitThatDoesNotWaitForTheDisk(value: String) async throws {
        let one = try OneTask()
        // First one that is open already, whose connections do not come back; then one that is to be opened.
        var limits = PostgreSQLLimits()
        limits.retry = 2
        let (datastore, store) = try one.open(limits: limits)
        try await store.recordStep(0)
        try one.place.database.query("ALTER DATABASE \(one.place.database.name) SET synchronous_commit = \(value)")
        try one.place.database.cutConnections()
        let error = await storeError { try await store.recordStep(1) }
        #expect(error != nil)
        try datastore.close()
        #expect(try one.refusal()?.description.contains("synchronous_commit") == true)
        try one.place.database.query("ALTER DATABASE \(one.place.database.name) RESET synchronous_commit")
        let (again, same) = try one.open()
        #expect(try await same.steps == [0])
        try again.close()
        try one.place.remove()
    }

    @Test(arguments: ["on", "remote_write", "remote_apply"]) func aCommitThatWaits(value: String) throws {
        let one = try OneTask()
        try one.place.database.query("ALTER DATABASE \(one.place.database.name) SET synchronous_commit = \(value)")
        #expect(try one.refusal() == nil)
        try one.place.remove()
    }

    /// A server that forgets what it has committed when the power fails; these tests' own says that it is one.
    @Test func aServerWithoutFsync() throws {
        let one = try OneTask()
        let name = one.place.database.name
        try one.place.database.query("ALTER DATABASE \(name) SET populus.unsafe_for_tests = 'off'")
        #expect(try one.refusal()?.description.contains("fsync") == true)
        try one.place.remove()
    }

    @Test func aStandby() throws {
        var settings = PostgreSQLServer.Settings()
        settings.lines["wal_level"] = "replica"
        let primary = try PostgreSQLServer(settings)
        let one = try OneTask(in: PostgreSQLPlace(.leader, in: try primary.makeDatabase()))
        let standby = try primary.makeStandby()
        let address = one.place.database.uri(through: standby.socketFolder)
        do {
            try one.place.connect(to: address).close()
            Issue.record("a standby takes no writes")
        } catch let error as StoreError { #expect(error.description.contains("standby"), "\(error)") }
        try one.place.loseCache()
        try standby.end()
        try primary.end()
    }

    @Test func aDatabaseThatIsOnlyRead() async throws {
        let one = try OneTask()
        let name = one.place.database.name
        try one.place.database.query("ALTER DATABASE \(name) SET default_transaction_read_only = on")
        // Its own transactions say that they write.
        let (datastore, store) = try one.open()
        try await store.recordStep(0)
        #expect(try await store.steps == [0])
        try datastore.close()
        try one.place.remove()
    }

    @Test func tablesOfAnotherVersion() throws {
        let one = try OneTask()
        try one.place.database.query("UPDATE meta SET value = '99' WHERE name = 'version'")
        #expect(try one.refusal() == .unknownVersion(99))
        #expect(
            throws: StoreError.unknownVersion(99),
            performing: { try one.place.create(.random(), configurationDigest: OneTask.configurationDigest) })
        let version = try one.place.database.query("SELECT value FROM meta WHERE name = 'version'")
        #expect(version == [["99"]])
        let tasks = try one.place.database.query("SELECT count(*) FROM task")
        #expect(tasks == [["2"]])
        try one.place.remove()
    }

    @Test func anEmptyDatabase() throws {
        let place = PostgreSQLPlace(.leader, in: try PostgreSQLServer.shared().makeDatabase())
        #expect(throws: StoreError.missing, performing: { try place.connect().close() })
        let tables = try place.database.query(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        #expect(tables == [["0"]], "a store is made only when an operator says so")
        try place.remove()
    }

    @Test func anotherRolesDatabase() throws {
        let one = try OneTask(.leader)
        let other = PostgreSQLPlace(.helper, in: one.place.database)
        do {
            try other.connect().close()
            Issue.record("it is the Leader's")
        } catch StoreError.belongsToAnother(let found, let expected) {
            #expect(found == "leader" && expected == "helper")
        }
        try one.place.remove()
    }

    /// One process at a time; the next one comes in when the first has gone, or is known to be gone.
    @Test func aSecondProcess() throws {
        let one = try OneTask()
        let (datastore, _) = try one.open()
        guard case .inUse(let who) = try one.refusal() else {
            Issue.record("two processes have it")
            return
        }
        #expect(who.contains(one.place.database.name), "\(who)")
        try datastore.close()
        #expect(try one.refusal() == nil)
        try one.place.remove()
    }
}
#endif
