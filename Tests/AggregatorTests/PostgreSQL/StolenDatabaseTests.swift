#if PostgreSQL
import Aggregator
import Foundation
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL
import Synchronization
import Testing

/// The same of a database: every column of every table, and every file of the cache folders.
@Suite(.serialized) struct StolenDatabaseTests {
    /// Databases of both roles that keep the task's secrets, and the keys that they are opened with.
    private final class Sides: Sendable {
        private let places: [PostgreSQLPlace]
        private let secrets: [TaskSecret]
        private let made = Mutex<Set<Role>>([])
        let keys: Mutex<SealKeys?>

        init(_ task: TestTask, _ keys: SealKeys?) throws {
            secrets = StolenStoreTests.secrets(of: task)
            places = try [Role.leader, .helper].map {
                PostgreSQLPlace($0, in: try PostgreSQLServer.shared().makeDatabase())
            }
            self.keys = Mutex(keys)
        }

        var stores: TestStore.Opening {
            { [self] task in
                guard let place = places.first(where: { $0.role == task.role }) else { throw StoreError.missing }
                let keys = keys.withLock { $0 }
                let isNew = made.withLock { $0.insert(task.role).inserted }
                if isNew {
                    try PostgreSQLDatastore.create(
                        at: PostgreSQLAddress(place.database.uri()), role: task.role, sealKeys: keys)
                }
                let datastore = try place.connect(sealKeys: keys)
                if isNew { try StolenStoreTests.keep(task, secrets, in: datastore) }
                guard try datastore.keptTasks(only: nil).first?.secrets == secrets else {
                    throw StoreError.damaged("the kept secrets")
                }
                return try TestStore(alone: datastore, task)
            }
        }

        /// What the servers of the roles show each other.
        func replicaSecrets() async throws -> [[UInt8]] {
            var found: [[UInt8]] = []
            for place in places {
                let datastore = try place.connect(sealKeys: keys.withLock { $0 })
                found.append(try await datastore.replica.secret())
                try datastore.close()
            }
            return found
        }

        func seal(with keys: SealKeys) throws {
            for place in places {
                let address = try PostgreSQLAddress(place.database.uri())
                let key = try PostgreSQLDatastore.seal(at: address, role: place.role, with: keys)
                #expect(key == keys.first.id)
                #expect(throws: StoreError.seal(.sealed(key: key))) {
                    try PostgreSQLDatastore.seal(at: address, role: place.role, with: keys)
                }
                #expect(throws: StoreError.seal(.locked(key: key, given: []))) { try place.connect() }
                // As an operator is told to.
                try place.loseCache()
            }
            self.keys.withLock { $0 = keys }
        }

        func reseal(with both: SealKeys) throws {
            for place in places {
                let done = try PostgreSQLDatastore.reseal(
                    at: PostgreSQLAddress(place.database.uri()), role: place.role, with: both)
                #expect(done.from == both.all.last?.id && done.to == both.first.id)
            }
            keys.withLock { $0 = SealKeys([both.first]) }
        }

        func thief() throws -> Thief {
            var columns: [(name: String, bytes: Data)] = []
            for place in places {
                let tables = try place.database.query(
                    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
                for table in tables.compactMap({ $0.first ?? nil }) {
                    for row in try place.database.query("SELECT * FROM \"\(table)\"") {
                        columns += row.compactMap { $0 }.map { (table, Data($0.utf8)) }
                    }
                }
            }
            let caches = places.map(\.cache.path).filter { FileManager.default.fileExists(atPath: $0) }
            return try Thief(columns, folders: caches)
        }

        func remove() throws { for place in places { try place.remove() } }
    }

    @Test(arguments: [false, true]) func ofAWalk(isSealed: Bool) async throws {
        let task = try TestTask()
        let sides = try Sides(task, isSealed ? try StolenStoreTests.keys() : nil)
        let simulation = try Simulation(task, stores: sides.stores)
        var secrets = StolenStoreTests.taskSecrets(task)
        secrets.add(try await StolenStoreTests.walk(simulation))
        let running = try sides.thief()
        #expect(running.count > 100)
        #expect(secrets.found(by: running) == (isSealed ? [] : secrets.names))
        try await simulation.stop()
        var shown = Secrets()
        for secret in try await sides.replicaSecrets() { shown.add("replica secret", secret) }
        // In text it is Base64 of the alphabet for URLs.
        let texts = shown.all.map { Base64URL.encode($0.bytes) }
        let thief = try sides.thief()
        #expect(texts.allSatisfy { thief.places(of: Array($0.utf8)).isEmpty == isSealed })
        if !isSealed {
            try sides.seal(with: try StolenStoreTests.keys())
            #expect(secrets.found(by: try sides.thief()) == [])
        }
        // With another key: the walk goes on after all of that.
        let (new, old) = (try StolenStoreTests.keys(2), try StolenStoreTests.keys())
        try sides.reseal(with: try #require(SealKeys(new.all + old.all)))
        try simulation.startHelper()
        try simulation.startLeader()
        try await simulation.upload(WholeWalkTests.values)
        #expect(
            try await simulation.walk(WholeWalkTests.values, threshold: 5) == [0xABCD: 9, 0x1234: 6, 0xABCE: 5])
        try await simulation.stop()
        #expect(secrets.found(by: try sides.thief()) == [])
        try sides.remove()
    }
}
#endif
