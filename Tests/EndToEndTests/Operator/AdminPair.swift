import Foundation
import PopulusDAP
import PopulusTaskFiles
import Testing

/// A Leader and a Helper that were started without a task, each with an admin API.
final class AdminPair: @unchecked Sendable {
    // Used by one test's task only; what it does concurrently changes nothing of it.
    enum Role: String, CaseIterable { case leader, helper }

    let scratch: Scratch
    private let ports: [Role: Int]
    private let adminPorts: [Role: Int]
    private var tokens: [Role: String] = [:]
    private(set) var running: [Role: RunningProcess] = [:]
    /// All that were started, dead or alive.
    private var all: [RunningProcess] = []
    /// Addresses of databases, in place of files.
    private let databases: [Role: String]
    /// What every server is started with besides.
    private let serving: [String]
    /// The ports at which each role's servers take requests.
    private var served: [Role: [Int]] = [:]
    /// What spreads requests over them, and its port.
    private var fronts: [Role: (port: Int, balancer: Balancer)] = [:]

    private init(_ scratch: Scratch, databases: [Role: String], serving: [String]) throws {
        (self.scratch, self.databases, self.serving) = (scratch, databases, serving)
        var free: Set<Int> = []
        while free.count < 4 { free.insert(try Loopback.freePort()) }
        let ports = Array(free)
        self.ports = [.leader: ports[0], .helper: ports[1]]
        adminPorts = [.leader: ports[2], .helper: ports[3]]
    }

    /// Makes stores and tokens, starts both, runs the body and ends whatever was started.
    static func with(
        databases: [Role: String] = [:], serving: [String] = [], _ body: (AdminPair) async throws -> Void
    ) async throws {
        try await Scratch.with { scratch in
            let pair = try AdminPair(scratch, databases: databases, serving: serving)
            do {
                for role in Role.allCases {
                    try await pair.populus("store", "create", "--role", role.rawValue, "--store", pair.store(role))
                    let added = try await pair.populus("admin", "tokens", "add", pair.tokenFile(role))
                    pair.tokens[role] = added.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
                    _ = try scratch.write(Data(added.stdout.utf8), to: "\(role.rawValue)-token")
                }
                try await pair.start()
                try await body(pair)
            } catch {
                let output = pair.running.values.map { "--- \($0.name) wrote:\n\($0.output.suffix(3_000))" }
                await pair.end()
                Issue.record("\(error)\n\(output.joined(separator: "\n"))")
                return
            }
            await pair.end()
        }
    }

    private func end() async {
        for front in fronts.values { await front.balancer.end() }
        for process in all { await process.stop() }
    }

    private func store(_ role: Role) -> String {
        databases[role] ?? scratch.file("\(role.rawValue).sqlite").path
    }

    /// The file of digests.
    func tokenFile(_ role: Role) -> String { scratch.file("\(role.rawValue)-tokens.json").path }

    func url(_ role: Role) -> String { "http://127.0.0.1:\(fronts[role]?.port ?? ports[role] ?? 0)/" }

    /// Has tasks that are made from now on served by all servers of each role that there are, in turn.
    func balance() async throws {
        for role in Role.allCases {
            let port = try Loopback.freePort()
            let balancer = try await Balancer(port: port, in: scratch)
            fronts[role] = (port, balancer)
            try balancer.send(to: served[role] ?? [])
        }
    }

    /// The options by which a command asks an aggregator as its operator.
    func admin(_ role: Role) -> [String] { admin(role, at: adminPorts[role] ?? 0) }

    /// The same for a process of a role that has another address.
    func admin(_ role: Role, at port: Int) -> [String] {
        [
            "--admin", "http://127.0.0.1:\(port)/", "--admin-token-file",
            scratch.file("\(role.rawValue)-token").path,
        ]
    }

    /// The options by which `task new` sets a task up at both.
    var registering: [String] {
        Role.allCases.flatMap { role in
            let options = admin(role)
            return ["--\(role.rawValue)-admin", options[1], "--\(role.rawValue)-token-file", options[3]]
        } + ["--register"]
    }

    /// Starts both without naming a task; the Helper first.
    func start() async throws {
        for role in [Role.helper, .leader] { try await start(role) }
    }

    func start(_ role: Role) async throws {
        running[role] = try launch(role, port: ports[role] ?? 0, adminPort: adminPorts[role] ?? 0)
        try await ready(running[role])
    }

    /// Starts one more process of a role on the same database, and gives its admin API's port.
    func startAnother(_ role: Role) async throws -> Int {
        let adminPort = try Loopback.freePort()
        try await ready(try launch(role, port: try Loopback.freePort(), adminPort: adminPort))
        return adminPort
    }

    private func launch(_ role: Role, port: Int, adminPort: Int) throws -> RunningProcess {
        let cache = scratch.file("\(role.rawValue)-\(port).cache").path
        let shared = databases[role] == nil ? [] : ["--internal-listen", "127.0.0.1:0", "--cache", cache]
        let process = try RunningProcess(
            Checkout.populus,
            [
                role.rawValue, "--listen", "127.0.0.1:\(port)", "--store", store(role), "--admin-listen",
                "\(adminPort)", "--admin-tokens", tokenFile(role), "--allow-core-dumps",
            ] + shared + serving, name: "\(role.rawValue)-\(all.count)", in: scratch)
        all.append(process)
        served[role, default: []].append(port)
        return process
    }

    /// What all servers of a role have written.
    func written(by role: Role) -> String {
        all.filter { $0.name.hasPrefix(role.rawValue) }.map(\.output).joined(separator: "\n")
    }

    private func ready(_ process: RunningProcess?) async throws {
        guard let process else { return }
        try await wait(for: "the ready line of \(process.name)", within: .seconds(60)) {
            if let status = process.exitStatus {
                throw HarnessError("\(process.name) ended with \(status): \(process.output)")
            }
            return Scratch.text(process.stdout).contains("\n") ? () : nil
        }
    }

    func stop(_ role: Role) async throws {
        guard let process = running[role] else { return }
        try #require(await process.stop(within: .seconds(30)), "\(process.output)")
    }

    /// Runs a command that has to succeed.
    @discardableResult
    func populus(_ arguments: String...) async throws -> CommandResult { try await populus(arguments) }

    @discardableResult
    func populus(_ arguments: [String]) async throws -> CommandResult {
        let result = try await scratch.run(Checkout.populus, arguments, within: .seconds(120))
        guard result.status == 0 else {
            throw HarnessError("\(arguments) ended with \(result.status): \(result.output)")
        }
        return result
    }

    /// Runs a command, whatever comes of it.
    func trying(_ arguments: [String]) async throws -> CommandResult {
        try await scratch.run(Checkout.populus, arguments, within: .seconds(120))
    }

    /// Makes a task of walks with exact counts at both, and gives its ID.
    func makeTask(_ name: String, options: [String] = []) async throws -> String {
        let made = try await populus(
            [
                "task", "new", "--directory", scratch.file(name).path, "--leader", url(.leader), "--helper",
                url(.helper), "--min-batch-size", "10", "--exact", "--vdaf", "poplar1", "--bits", "32", "--encoding",
                "bytes",
            ] + registering + options)
        let id = made.stdout.split(whereSeparator: \.isWhitespace).dropFirst(2).first.map(String.init)
        return try #require(id, "\(made.output)")
    }

    /// Adds a task that rests, at both.
    func addTask() async throws {
        let set = try TaskFileSet(
            configuration: TaskConfiguration(
                taskInfo: Array("rests".utf8), leaderEndpoint: Array(url(.leader).utf8),
                helperEndpoint: Array(url(.helper).utf8), timePrecision: TimePrecision(seconds: 3600),
                minBatchSize: 100, batchMode: .timeInterval, vdaf: .prio3Count, extensions: []), encoding: nil)
        let leader = try set.registration(of: .leader).completed(besides: [])
        let digest = TaskRegistration.digest(of: leader.aggregatorToken ?? "")
        try await add(leader, to: .leader)
        try await add(try set.registration(of: .helper).with(leaderTokenDigest: digest), to: .helper)
    }

    private func add(_ registration: TaskRegistration, to role: Role) async throws {
        let body = registration.encoded()
        let answer = try await RawExchange(
            port: adminPorts[role] ?? 0,
            head: """
                POST /tasks HTTP/1.1
                Host: a
                Connection: close
                Authorization: Bearer \(tokens[role] ?? "")
                Content-Type: application/json
                Content-Length: \(body.count)
                """, body: .bytes(body)
        ).run()
        guard answer.status == 201 else { throw HarnessError("adding a task: \(answer)") }
    }

    /// The metrics of the first process of a role; those of reports are the store's, for all processes.
    func metrics(_ role: Role) async throws -> String {
        let head = """
            GET /metrics HTTP/1.1
            Host: a
            Connection: close
            Authorization: Bearer \(tokens[role] ?? "")
            """
        return try await RawExchange(port: adminPorts[role] ?? 0, head: head).run().body
    }

    /// The tasks that an aggregator lists, by their IDs: state and source.
    func listed(_ role: Role) async throws -> [String: [String]] {
        let lines = try await populus(["task", "list"] + admin(role)).stdout.split(separator: "\n")
        return Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
                return (words[0], Array(words[1...2]))
            })
    }

    // MARK: Uploads and walks

    /// Uploads lines of a task's own, of which some are popular; gives them.
    func upload(to name: String) async throws -> URL {
        let popular = "abcdefgh".enumerated().flatMap { place, letter in
            [String](repeating: "\(letter)\(name.suffix(1))", count: 20 + place % 3)
        }
        let text = (popular + ["x", "y", "zz"]).joined(separator: "\n") + "\n"
        let lines = try scratch.write(Data(text.utf8), to: "\(name).lines")
        try await populus("upload", "--task", scratch.file("\(name)/client.json").path, lines.path)
        return lines
    }

    func discovery(_ name: String) -> [String] {
        [
            "discover", "--task", scratch.file("\(name)/collector.json").path, "--threshold", "20", "--bits-per-step",
            "1", "--csv", scratch.file("\(name).csv").path,
        ]
    }

    func expectIdentical(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let result = try await scratch.run(
            Checkout.tool("compare-counts"),
            [
                "--bits", "32", "--threshold", "20", scratch.file("\(name).lines").path,
                scratch.file("\(name).csv").path,
            ])
        #expect(
            result.status == 0 && result.stdout.hasPrefix("identical to the plaintext count"), "\(result.output)",
            sourceLocation: sourceLocation)
    }
}
