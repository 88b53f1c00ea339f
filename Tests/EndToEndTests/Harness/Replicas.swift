#if PostgreSQL
import Foundation
import PostgreSQLHarness

/// Several processes of each role on one database a role, and a plain balancer before them where the task says that the role is.
final class Replicas {
    typealias Role = Deployment.Role

    /// One process, with ports and a cache folder of its own.
    struct Replica {
        let role: Role
        let process: RunningProcess
        let port: Int
        /// Where the others reach it, by its own ready line.
        let internalAddress: String
        let cache: URL
    }

    let deployment: Deployment
    let databases: [Role: PostgreSQLDatabase]
    private let balancers: [Role: Balancer]
    /// All that were started, dead or alive.
    private(set) var all: [Replica] = []

    private init(
        _ deployment: Deployment, databases: [Role: PostgreSQLDatabase], balancers: [Role: Balancer]
    ) {
        (self.deployment, self.databases, self.balancers) = (deployment, databases, balancers)
    }

    /// Makes a task and its databases, starts so many of each role, runs the body and ends whatever was started.
    static func with(
        bits: Int, each count: Int = 2, _ body: (Replicas) async throws -> Void
    ) async throws {
        let server = try PostgreSQLServer.shared()
        var databases: [Role: PostgreSQLDatabase] = [:]
        for role in Role.allCases { databases[role] = try server.makeDatabase() }
        defer { for database in databases.values { try? database.drop() } }
        let found = databases
        try await Deployment.with(bits: bits, start: false) { deployment in
            deployment.databases = found.mapValues { $0.uri() }
            var balancers: [Role: Balancer] = [:]
            for role in Role.allCases {
                balancers[role] = try await Balancer(port: deployment.ports[role] ?? 0, in: deployment.scratch)
            }
            let replicas = Replicas(deployment, databases: found, balancers: balancers)
            for role in [Role.helper, .leader] {
                for _ in 0..<count { try await replicas.add(role) }
            }
            try await body(replicas)
            for balancer in balancers.values { await balancer.end() }
        }
    }

    /// The options of a further process of a role.
    func options(port: Int, cache: URL) -> [String] {
        ["--listen", "127.0.0.1:\(port)", "--cache", cache.path, "--internal-listen", "127.0.0.1:0"]
    }

    /// A cache folder that no process has.
    func newCache(_ role: Role) -> URL { deployment.scratch.file("\(role.rawValue)-\(all.count).cache") }

    /// Starts one more of a role, and has the balancer know it.
    @discardableResult
    func add(_ role: Role) async throws -> Replica {
        let (port, cache) = (try Loopback.freePort(), newCache(role))
        let process = try await deployment.start(role, options: options(port: port, cache: cache))
        let ready = Scratch.text(process.stdout)
        guard let address = ready.firstMatch(of: /reach it at (127\.0\.0\.1:[1-9][0-9]*)\n/)?.output.1 else {
            throw HarnessError("a ready line without the internal address: \(ready)")
        }
        let replica = Replica(
            role: role, process: process, port: port, internalAddress: String(address), cache: cache)
        all.append(replica)
        try balancers[role]?.send(to: all.filter { $0.role == role }.map(\.port))
        return replica
    }

    /// The living process of a role that has the most work.
    func busiest(_ role: Role) throws -> Replica {
        let rows = try databases[role]?.query(
            """
            SELECT replica.address FROM claim JOIN replica ON replica.id = claim.replica
            GROUP BY replica.address ORDER BY count(*) DESC
            """)
        let addresses = (rows ?? []).compactMap { $0.first ?? nil }
        let living = all.filter { $0.role == role && $0.process.exitStatus == nil }
        for address in addresses {
            if let found = living.first(where: { $0.internalAddress == address }) { return found }
        }
        throw HarnessError("no \(role.rawValue) that lives has any work: \(addresses)")
    }

    /// How much work is a process's by the database, in whose eyes it lives.
    func claims(of replica: Replica) throws -> Int {
        let rows = try databases[replica.role]?.query(
            """
            SELECT count(*) FROM claim JOIN replica ON replica.id = claim.replica
            WHERE replica.address = '\(replica.internalAddress)' AND replica.seen_until > clock_timestamp()
            """)
        return rows?.first?.first.flatMap { $0 }.flatMap { Int($0) } ?? 0
    }
}
#endif
