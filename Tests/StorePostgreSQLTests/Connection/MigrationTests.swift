#if PostgreSQL
import Aggregator
import DAP
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

    /// With steps of versions that there never were.
    @Test func allStepsAreTakenOrNone() throws {
        let place = try PostgreSQLPlace(.leader)
        defer { try? place.remove() }
        let db = try PostgreSQLConnection(try Self.address(place), name: "populus test")
        let good = StoreMigration.Step(from: 1) { try $0.script("CREATE TABLE made (a bigint)") }
        let bad = StoreMigration.Step(from: 2) { _ in throw Stop() }
        try db.script("BEGIN")
        #expect(throws: Stop.self) { try StoreMigration.run([good, bad], to: 3, role: .leader, db) }
        #expect(db.rollBack())
        try #expect(db.one("SELECT to_regclass('made') IS NULL") { try $0.boolean() } == true)
        #expect(throws: StoreError.unknownVersion(2)) { try StoreMigration.run([good], to: 3, role: .leader, db) }
        try #expect(db.one("SELECT value FROM meta WHERE name = 'version'") { try $0.text() } == "2")
    }
}
#endif
