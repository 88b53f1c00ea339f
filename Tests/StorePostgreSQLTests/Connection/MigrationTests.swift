#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLStores
import StorePostgreSQL
import Testing

/// A store of an earlier version: none is brought to this one unasked, and then as a whole or not at all.
@Suite(.serialized) struct MigrationTests {
    private struct Stop: Error {}

    private static func address(_ place: PostgreSQLPlace) throws -> PostgreSQLAddress {
        try PostgreSQLAddress(place.database.uri())
    }

    @Test func ofThisVersionThereIsNothingToDo() throws {
        let place = try PostgreSQLPlace(.leader)
        defer { try? place.remove() }
        let done = try PostgreSQLDatastore.migrate(at: try Self.address(place), role: .leader)
        #expect(done.from == done.to)
        #expect(throws: StoreError.self) {
            try PostgreSQLDatastore.migrate(at: try Self.address(place), role: .helper)
        }
    }

    @Test(arguments: ["0", "99", "x"])
    func anUnknownVersionIsRefused(_ version: String) throws {
        let place = try PostgreSQLPlace(.leader)
        defer { try? place.remove() }
        _ = try place.database.query("UPDATE meta SET value = '\(version)' WHERE name = 'version'")
        #expect(throws: StoreError.self) { try place.connect() }
        #expect(throws: StoreError.self) {
            try PostgreSQLDatastore.migrate(at: try Self.address(place), role: .leader)
        }
    }

    /// A store of version 1, with a task that was worked with: refused at the start, until an operator brings it to version 2.
    @Test func aStoreOfVersion1GoesOn() async throws {
        let one = try OneTask()
        var (datastore, store) = try one.open()
        try await store.recordStep(0)
        let before = store.statement
        try datastore.close()
        try one.place.database.query(
            """
            DROP TABLE claim, replica; DROP SEQUENCE claim_token; DELETE FROM meta WHERE name IN ('secret', 'changed');
            UPDATE meta SET value = '1' WHERE name = 'version'
            """)
        #expect(try one.refusal() == .toMigrate(1))
        let done = try PostgreSQLDatastore.migrate(at: try Self.address(one.place), role: .leader)
        #expect(done.from == 1 && done.to == 2)
        (datastore, store) = try one.open()
        #expect(try await store.steps == [0])
        #expect(store.statement.store == before.store)
        try await store.recordStep(1)
        #expect(try await datastore.replica.secret().count == 32)
        try datastore.close()
        // And by processes that share it.
        let shared = try one.open(isAlone: false)
        try await shared.datastore.replica.announce("one")
        let claim = try await shared.store.write("take") { try $0.take(.row(1)) }
        #expect(claim != nil)
        try shared.datastore.close()
        #expect(try PostgreSQLDatastore.migrate(at: try Self.address(one.place), role: .leader).from == 2)
        try one.place.remove()
    }

    /// With steps of versions that there never were.
    @Test func allStepsAreTakenOrNone() throws {
        let place = try PostgreSQLPlace(.leader)
        defer { try? place.remove() }
        let db = try PostgreSQLConnection(try Self.address(place), name: "populus test")
        let good = StoreMigration.Step(from: 2) { try $0.script("CREATE TABLE made (a bigint)") }
        let bad = StoreMigration.Step(from: 3) { _ in throw Stop() }
        try db.script("BEGIN")
        #expect(throws: Stop.self) { try StoreMigration.run([good, bad], to: 4, role: .leader, db) }
        #expect(db.rollBack())
        try #expect(db.one("SELECT to_regclass('made') IS NULL") { try $0.boolean() } == true)
        #expect(throws: StoreError.unknownVersion(3)) { try StoreMigration.run([good], to: 4, role: .leader, db) }
        try #expect(db.one("SELECT value FROM meta WHERE name = 'version'") { try $0.text() } == "3")
    }
}
#endif
