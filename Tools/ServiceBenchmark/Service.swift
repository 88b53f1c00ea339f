import Foundation
import PopulusDAP
import PopulusTaskFiles

/// A long line between all parties.
struct DelayedLine: Sendable {
    /// The program that makes it: `Tools/delay-relay`.
    let relay: String
    /// Of a round trip.
    let milliseconds: Int
}

/// One task with a Leader and a Helper as processes on loopback, their stores in one folder.
final class Service {
    let folder: URL
    private let populus: String
    /// Further options of both aggregators.
    private let options: [String]
    private let line: DelayedLine?
    private var relay: ServedProcess?
    private(set) var leader: ServedProcess?
    private(set) var helper: ServedProcess?

    /// - Parameters:
    ///   - folder: with the task's files in it, or empty.
    ///   - line: what all parties are apart by; nothing where they are as close as loopback.
    init(folder: URL, populus: String, options: [String], line: DelayedLine? = nil) {
        self.line = line
        self.folder = folder
        self.populus = populus
        self.options = options
    }

    /// A role's file.
    func task(_ role: String) -> String { folder.appending(path: "task/\(role).json").path }

    /// Makes a task for two free ports.
    func makeTask(bits: Int, threshold: Int, reports: Int) async throws {
        let ports = try [Self.freePort(), Self.freePort()]
        let maker = try ServedProcess(
            populus,
            [
                "task", "new", "--directory", folder.appending(path: "task").path, "--vdaf", "poplar1",
                "--encoding", "hex", "--bits", "\(bits)", "--exact", "--min-batch-size", "\(min(10, reports))",
                "--min-threshold", "\(threshold)",
                // An upload can be walked again, in steps of any width.
                "--max-bits-per-step", "16", "--allow-readable-domain", "--leader", "http://127.0.0.1:\(ports[0])/",
                "--helper", "http://127.0.0.1:\(ports[1])/",
            ], name: "task", log: folder.appending(path: "task.log"))
        guard await maker.end() == 0 else { throw BenchmarkError("populus task new: \(maker.output)") }
        for role in ["leader", "helper"] {
            let store = try ServedProcess(
                populus, ["store", "create", "--store", store(role), "--task", task(role)], name: "store",
                log: folder.appending(path: "store.log"))
            guard await store.end() == 0 else { throw BenchmarkError("populus store create: \(store.output)") }
        }
    }

    private func store(_ role: String) -> String { folder.appending(path: "\(role).sqlite").path }

    /// Starts both aggregators.
    func start() async throws {
        let file: TaskFile
        do { file = try TaskFile(readingFrom: task("collector"), as: .collector) } catch {
            throw BenchmarkError("\(error)")
        }
        var addresses = [file.leaderURL, file.helperURL].map { url in
            String(url.dropFirst("http://".count).prefix { $0 != "/" })
        }
        if let line {
            // The relay is where the task says that the aggregators are.
            let ports = try addresses.map { _ in try Self.freePort() }
            let lines = zip(addresses, ports).map { "\($0.split(separator: ":").last ?? "0"):\($1)" }
            let relay = try ServedProcess(
                line.relay, ["--round-trip", "\(line.milliseconds)"] + lines, name: "relay",
                log: folder.appending(path: "relay.log"))
            self.relay = relay
            try await relay.ready(saying: "ready")
            addresses = ports.map { "127.0.0.1:\($0)" }
        }
        helper = try start("helper", addresses[1])
        leader = try start("leader", addresses[0])
        try await helper?.ready()
        try await leader?.ready()
    }

    private func start(_ role: String, _ address: String) throws -> ServedProcess {
        try ServedProcess(
            populus,
            [
                role, "--listen", address, "--store", store(role),
                "--task", task(role), "--allow-core-dumps",
            ] + options, name: role, log: folder.appending(path: "\(role).log"))
    }

    /// Runs a body while both aggregators serve.
    ///
    /// - Throws: what the body throws, or the last words of an aggregator that ends meanwhile.
    func serving<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let watched = [leader, helper, relay].compactMap(\.self)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            for process in watched {
                group.addTask {
                    try await process.watch()
                    return nil
                }
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() ?? nil else { throw CancellationError() }
            return value
        }
    }

    /// Ends both aggregators.
    func stop() async {
        await leader?.stop()
        await helper?.stop()
        await relay?.stop()
        (leader, helper, relay) = (nil, nil, nil)
    }

    /// What each aggregator has used since its start.
    var use: (leader: ProcessUse, helper: ProcessUse) {
        (leader.map { ProcessUse(of: $0.pid) } ?? ProcessUse(), helper.map { ProcessUse(of: $0.pid) } ?? ProcessUse())
    }

    /// A port that nobody listens on, below those that the kernel gives to outgoing connections.
    private static func freePort() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 15_000..<32_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
            let isBound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isBound { return port }
        }
        throw BenchmarkError("no free port on 127.0.0.1")
    }
}
