import Foundation
import Testing

/// One task with a Leader and a Helper as separate processes on loopback, their stores in a temporary folder.
final class Deployment {
    enum Role: String, CaseIterable { case leader, helper }

    let scratch: Scratch
    let bits: Int
    /// The options that say what is measured.
    let scheme: [String]
    let ports: [Role: Int]
    /// Where metrics are served if an aggregator is started with ``admin(_:)``.
    let adminPorts: [Role: Int]
    private(set) var running: [Role: RunningProcess] = [:]
    /// The address of an aggregator's database, where its store is in one and not in a file.
    var databases: [Role: String] = [:]
    /// Whose store was made in a database.
    private var madeInDatabase: Set<Role> = []
    private var others: [RunningProcess] = []

    private init(scratch: Scratch, bits: Int, scheme: [String]) throws {
        self.scratch = scratch
        self.bits = bits
        self.scheme = scheme
        var free: [Int] = []
        while free.count < 4 {
            let port = try Loopback.freePort()
            if !free.contains(port) { free.append(port) }
        }
        ports = [.leader: free[0], .helper: free[1]]
        adminPorts = [.leader: free[2], .helper: free[3]]
    }

    /// Makes a task, starts both aggregators, runs the body and ends whatever was started.
    static func with(
        bits: Int, taskOptions: [String] = [], start: Bool = true, _ body: (Deployment) async throws -> Void
    ) async throws {
        try await with(
            bits: bits, scheme: ["--vdaf", "poplar1", "--bits", "\(bits)", "--encoding", "bytes"],
            taskOptions: taskOptions, start: start, body)
    }

    /// Makes a task of another scheme, starts both aggregators, runs the body and ends whatever was started.
    static func with(
        bits: Int = 0, scheme: [String], taskOptions: [String] = [], start: Bool = true,
        _ body: (Deployment) async throws -> Void
    ) async throws {
        try await Scratch.with { scratch in
            let deployment = try Deployment(scratch: scratch, bits: bits, scheme: scheme)
            do {
                try await deployment.makeTask(options: taskOptions)
                if start {
                    try await deployment.start(.helper)
                    try await deployment.start(.leader)
                }
                try await body(deployment)
            } catch {
                await deployment.end()
                Issue.record("\(error)\n\(deployment.messages)")
                return
            }
            await deployment.end()
        }
    }

    /// Ends every process of this deployment.
    private func end() async {
        for process in others + Array(running.values) { await process.stop() }
    }

    /// The last words of each process, for the message of a failed test.
    private var messages: String {
        (others + Array(running.values)).map { "--- \($0.name) wrote:\n\($0.output.suffix(3_000))" }
            .joined(separator: "\n")
    }

    /// A role file of the task.
    func taskFile(_ role: String) -> String { scratch.file("task/\(role).json").path }

    /// The base URL of an aggregator.
    func url(_ role: Role) -> String { "http://127.0.0.1:\(ports[role] ?? 0)/" }

    /// The options that have an aggregator serve its metrics.
    func admin(_ role: Role) -> [String] { ["--admin-listen", "127.0.0.1:\(adminPorts[role] ?? 0)"] }

    /// The metrics of an aggregator that was started with ``admin(_:)``.
    func metrics(_ role: Role) async throws -> String {
        let head = "GET /metrics HTTP/1.1\nHost: x"
        return try await RawExchange(port: adminPorts[role] ?? 0, head: head).run().body
    }

    /// Makes the task of this deployment.
    private func makeTask(options: [String]) async throws {
        let result = try await scratch.run(Checkout.populus, newTask(directory: scratch.file("task"), options: options))
        guard result.status == 0 else { throw HarnessError("task new ended with \(result.status): \(result.output)") }
    }

    /// The arguments that make a task for this deployment's addresses: one with exact counts, unless an epsilon is given.
    func newTask(directory: URL, options: [String] = []) -> [String] {
        let measured = scheme + options
        return [
            "task", "new", "--directory", directory.path, "--leader", url(.leader), "--helper", url(.helper),
            "--min-batch-size", "10",
        ] + measured + (measured.contains("--epsilon") ? [] : ["--exact"])
    }

    /// The arguments that start an aggregator.
    func serve(_ role: Role) -> [String] {
        [
            role.rawValue, "--listen", "127.0.0.1:\(ports[role] ?? 0)", "--task", taskFile(role.rawValue),
        ] + store(role) + (databases[role] == nil ? [] : ["--cache", cache(role).path])
    }

    /// The option that says where an aggregator's store is.
    func store(_ role: Role) -> [String] {
        ["--store", databases[role] ?? scratch.file("\(role.rawValue).sqlite").path]
    }

    /// The folder of what an aggregator with a database can make again.
    func cache(_ role: Role) -> URL { scratch.file("\(role.rawValue).cache") }

    /// Starts an aggregator, its store on a disk of its own and with a clock of its own if they are given, and waits for
    /// its ready line.
    @discardableResult
    func start(
        _ role: Role, options: [String] = [], on disk: SmallDisk? = nil, clock: OtherClock? = nil
    ) async throws -> RunningProcess {
        var command = [Checkout.populus.path] + serve(role) + options
        if let disk {
            // The test looks into the process to give it room.
            command.append("--allow-core-dumps")
            command = disk.mounted(Self.makingStore(command + ["--store", disk.path("\(role.rawValue).sqlite")]))
        } else {
            try await makeStore(of: role, options: options)
        }
        let process = try RunningProcess(
            URL(filePath: command[0]), Array(command.dropFirst()), name: role.rawValue, in: scratch,
            environment: clock?.environment ?? [:])
        if let earlier = running[role] { others.append(earlier) }
        running[role] = process
        try await wait(for: "the ready line of the \(role.rawValue)", within: .seconds(30)) {
            if let status = process.exitStatus {
                throw HarnessError("the \(role.rawValue) ended with \(status): \(process.output)")
            }
            return Scratch.text(process.stdout).contains("\n") ? () : nil
        }
        return process
    }

    /// Makes the store of an aggregator that was never started, with one for each task among the options.
    func makeStore(of role: Role, options: [String] = []) async throws {
        if databases[role] != nil {
            guard madeInDatabase.insert(role).inserted else { return }
        } else if FileManager.default.fileExists(atPath: storePath(role)) {
            return
        }
        let further = options.indices.filter { options[$0] == "--task" }.flatMap { ["--task", options[$0 + 1]] }
        let made = try await scratch.run(
            Checkout.populus,
            ["store", "create", "--task", taskFile(role.rawValue)] + store(role) + further)
        // A test may have made one in a database itself.
        let isThere = databases[role] != nil && made.status == 73
        guard made.status == 0 || isThere else {
            throw HarnessError("store create ended with \(made.status): \(made.output)")
        }
    }

    /// A command that makes the store of a server's arguments first.
    private static func makingStore(_ command: [String]) -> [String] {
        let options = ["--store", "--task"].flatMap { name in
            command.lastIndex(of: name).map { [name, command[$0 + 1]] } ?? []
        }
        let script = """
            program=$1 store=$3 task=$5; shift 5
            "$program" store create --store "$store" --task "$task" >&2 && exec "$@"
            """
        return ["sh", "-c", script, "sh", command[0]] + options + command
    }

    /// Kills an aggregator as a power failure would, and waits until it is gone.
    func kill(_ role: Role) async throws {
        guard let process = running[role] else { return }
        process.send(SIGKILL)
        _ = try await process.end(within: .seconds(10))
    }

    /// Uploads the lines of a file.
    func upload(_ file: URL, within limit: Duration = .seconds(300)) async throws -> CommandResult {
        try await scratch.run(Checkout.populus, ["upload", "--task", taskFile("client"), file.path], within: limit)
    }

    /// Uploads lines of which none may be refused.
    func uploadAll(_ file: URL) async throws {
        let result = try await upload(file)
        guard result.status == 0 else { throw HarnessError("upload ended with \(result.status): \(result.output)") }
    }

    /// Collects to the end, whatever status that has.
    func collect(_ options: [String] = [], within limit: Duration = .seconds(120)) async throws -> CommandResult {
        try await scratch.run(
            Checkout.populus, ["collect", "--task", taskFile("collector")] + options, within: limit)
    }

    /// The arguments of a discovery.
    func discovery(threshold: String, csv: URL, options: [String] = []) -> [String] {
        ["discover", "--task", taskFile("collector"), "--threshold", threshold, "--csv", csv.path] + options
    }

    /// Discovers to the end, whatever status that has.
    func discover(
        threshold: String, csv: URL, options: [String] = [], within limit: Duration = .seconds(300)
    ) async throws -> CommandResult {
        try await scratch.run(
            Checkout.populus, discovery(threshold: threshold, csv: csv, options: options), within: limit)
    }

    /// Starts a discovery and lets it run.
    func startDiscovery(threshold: String, csv: URL, options: [String] = []) throws -> RunningProcess {
        let process = try RunningProcess(
            Checkout.populus, discovery(threshold: threshold, csv: csv, options: options), name: "discover", in: scratch
        )
        others.append(process)
        return process
    }

    /// Compares a result with the plaintext count and expects them to be identical.
    func expectIdentical(
        _ csv: URL, to lines: URL, threshold: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let result = try await scratch.run(
            Checkout.tool("compare-counts"),
            ["--bits", "\(bits)", "--threshold", threshold, lines.path, csv.path])
        #expect(
            result.status == 0 && result.stdout.hasPrefix("identical to the plaintext count"), "\(result.output)",
            sourceLocation: sourceLocation)
    }
}
