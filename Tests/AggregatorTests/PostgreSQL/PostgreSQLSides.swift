#if PostgreSQL
import Aggregator
import PopulusDAP
import Foundation
import PostgreSQLHarness
import PostgreSQLStores
import Synchronization

/// Both aggregators' databases, for one test of one task or several, and the proxies on the way to them.
final class PostgreSQLSides: Sendable {
    private let places: [Role: PostgreSQLPlace]
    private let proxies: [Role: PostgreSQLProxy]
    private let made = Mutex<[Role: Set<TaskID>]>([:])

    /// - Parameters:
    ///   - server: one of the test's own; nothing for the one that tests share.
    ///   - decide: what becomes of each message to a database; nothing where there is no proxy.
    init(
        on server: PostgreSQLServer? = nil,
        decide: (@Sendable (Role, PostgreSQLProxy.Request) -> PostgreSQLProxy.Fate)? = nil
    ) throws {
        let roles = [Role.leader, .helper]
        let places = try roles.map { role in
            try server.map { PostgreSQLPlace(role, in: try $0.makeDatabase()) } ?? PostgreSQLPlace(role)
        }
        self.places = Dictionary(uniqueKeysWithValues: zip(roles, places))
        proxies =
            try decide == nil
            ? [:]
            : Dictionary(
                uniqueKeysWithValues: roles.map { ($0, try PostgreSQLProxy(to: server ?? PostgreSQLServer.shared())) })
        guard let decide else { return }
        for (role, proxy) in proxies { proxy.decide { decide(role, $0) } }
    }

    /// Opens the store of a role and a task, which is made when it is first opened.
    var stores: TestStore.Opening {
        { [self] task in
            guard let place = places[task.role] else { throw StoreError.missing }
            if made.withLock({ $0[task.role, default: []].insert(task.id).inserted }) {
                try place.create(task.id, configurationDigest: task.configurationDigest)
            }
            let address = place.database.uri(through: proxies[task.role]?.socketFolder)
            return try TestStore(alone: try place.connect(to: address), task)
        }
    }

    /// The same databases for several processes of each role.
    var replicas: (leader: any ReplicaStore, helper: any ReplicaStore) {
        get async throws {
            let turn = await DatabaseTurn()
            func make(_ role: Role) throws -> DatabaseOfReplicas {
                guard let place = places[role] else { throw StoreError.missing }
                return try DatabaseOfReplicas(role, turn, in: place, through: proxies[role]?.socketFolder)
            }
            return (try make(.leader), try make(.helper))
        }
    }

    /// Cuts all connections to both databases.
    func cut() { for proxy in proxies.values { proxy.cut() } }

    /// Forgets segments and marks of both, as after a move to other machines.
    func loseCaches() throws { for place in places.values { try place.loseCache() } }

    func remove() throws {
        for proxy in proxies.values { proxy.close() }
        for place in places.values { try place.remove() }
    }
}
#endif
