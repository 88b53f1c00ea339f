import Foundation
import Testing

/// A Leader and a Helper that were started without a task, and take up what requests bring, or do not.
final class TaskprovPair: @unchecked Sendable {
    // Used by one test's task only; what it does concurrently changes nothing of it.
    static let roles = ["leader", "helper"]

    let scratch: Scratch
    private let ports: [String: Int]
    private var running: [String: RunningProcess] = [:]
    /// All that were started, dead or alive.
    private var all: [RunningProcess] = []

    private init(_ scratch: Scratch) throws {
        self.scratch = scratch
        var free: Set<Int> = []
        while free.count < 2 { free.insert(try Loopback.freePort()) }
        ports = Dictionary(uniqueKeysWithValues: zip(Self.roles, free))
    }

    /// Makes stores and files, starts both, runs the body and ends whatever was started.
    ///
    /// - Parameters:
    ///   - options: of `taskprov new`.
    ///   - enabled: the roles that take up tasks which requests bring; others are started with a task of their own.
    static func with(
        _ options: [String], enabled: [String] = roles, _ body: (TaskprovPair) async throws -> Void
    ) async throws {
        try await Scratch.with { scratch in
            let pair = try TaskprovPair(scratch)
            do {
                for role in roles {
                    try await pair.populus("store", "create", "--role", role, "--store", pair.store(role))
                }
                try await pair.populus(["taskprov", "new", "--directory", pair.agreed] + pair.urls + options)
                for role in roles.reversed() { try await pair.start(role, enabled: enabled.contains(role)) }
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
        for process in all { await process.stop() }
    }

    private func store(_ role: String) -> String { scratch.file("\(role).sqlite").path }

    /// The folder of the files that the three have agreed on.
    private var agreed: String { scratch.file("agreed").path }

    /// The file of a role.
    func agreed(_ role: String) -> String { "\(agreed)/\(role)-taskprov.json" }

    var urls: [String] { Self.roles.flatMap { ["--\($0)", "http://127.0.0.1:\(ports[$0] ?? 0)/"] } }

    /// The file of a task's role.
    func file(_ task: String, _ role: String) -> String { scratch.file("\(task)/\(role).json").path }

    func start(_ role: String, enabled: Bool = true) async throws {
        let tokens = scratch.file("\(role)-tokens.json").path
        var options = ["--taskprov", agreed(role)]
        if !enabled {
            // It is there, and could be told of tasks by its operator.
            try await populus("admin", "tokens", "add", tokens)
            options = ["--admin-listen", "0", "--admin-tokens", tokens]
        }
        let process = try RunningProcess(
            Checkout.populus,
            [role, "--listen", "127.0.0.1:\(ports[role] ?? 0)", "--store", store(role), "--allow-core-dumps"] + options,
            name: "\(role)-\(all.count)", in: scratch)
        all.append(process)
        running[role] = process
        try await wait(for: "the ready line of \(process.name)", within: .seconds(60)) {
            if let status = process.exitStatus {
                throw HarnessError("\(process.name) ended with \(status): \(process.output)")
            }
            return Scratch.text(process.stdout).contains("\n") ? () : nil
        }
    }

    func stop(_ role: String) async throws {
        guard let process = running[role] else { return }
        try #require(await process.stop(within: .seconds(30)), "\(process.output)")
    }

    /// What a server has written.
    func output(_ role: String) -> String { running[role]?.output ?? "" }

    /// Makes a task that requests bring.
    func makeTask(_ name: String, _ options: [String]) async throws {
        let day: UInt64 = 86_400
        let now = UInt64(Date().timeIntervalSince1970) / day * day
        try await populus(
            ["task", "new", "--taskprov", agreed("collector"), "--directory", scratch.file(name).path, "--name", name]
                + urls + ["--starts", "\(now - day)", "--ends", "\(now + 2 * day)"] + options)
    }

    /// Uploads lines.
    func upload(_ task: String, _ lines: [String]) async throws -> CommandResult {
        let file = try scratch.write(Data((lines.joined(separator: "\n") + "\n").utf8), to: "\(task).lines")
        return try await trying(["upload", "--task", self.file(task, "client"), file.path])
    }

    /// Runs a command that has to succeed.
    @discardableResult
    func populus(_ arguments: String...) async throws -> CommandResult { try await populus(arguments) }

    @discardableResult
    func populus(_ arguments: [String]) async throws -> CommandResult {
        let result = try await trying(arguments)
        guard result.status == 0 else {
            throw HarnessError("\(arguments) ended with \(result.status): \(result.output)")
        }
        return result
    }

    /// Runs a command, whatever comes of it.
    func trying(_ arguments: [String]) async throws -> CommandResult {
        try await scratch.run(Checkout.populus, arguments, within: .seconds(120))
    }
}
