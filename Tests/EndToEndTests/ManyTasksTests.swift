import Foundation
import Synchronization
import Testing

extension EndToEnd {
    /// Twenty tasks in one process of each role, ten of them with walks at once: what the operator gave is for all of them.
    @Suite struct ManyTasks {
        private static let tasks = 20
        private static let walks = 10
        private static let threads = 2
        /// The state of ten walks would take some times as much, and that of one finds room.
        private static let options = ["--threads", "\(threads)", "--state-memory", "1", "--state-disk", "1"]

        @Test(.enabled(if: ProcessView.isPossible, "the system shows no process's threads"))
        func aProcessStaysWithinItsOptions() async throws {
            try await Deployment.with(bits: 32, start: false) { deployment in
                let (scratch, watch) = (deployment.scratch, Watch())
                let names = (0..<Self.tasks).map { $0 == 0 ? "task" : "task-\($0)" }
                for name in names.dropFirst() {
                    let made = try await scratch.run(
                        Checkout.populus, deployment.newTask(directory: scratch.file(name)))
                    try #require(made.status == 0, "\(made.output)")
                }
                let helper = try await start(.helper, names, deployment, watch)
                try await start(.leader, names, deployment, watch)
                let busy = names.prefix(Self.walks)
                try await busy.concurrently { try await Self.upload(to: $0, scratch) }
                let walks = try busy.map { try Walk($0, in: scratch) }
                try await wait(for: "the middle of the walks", within: .seconds(60)) {
                    walks.allSatisfy { $0.steps >= 4 } ? () : nil
                }
                #expect(walks.allSatisfy { $0.process.exitStatus == nil })
                try await deployment.kill(.leader)
                try await start(.leader, names, deployment, watch)
                for walk in walks { try await walk.finish() }
                let seen = await watch.end()

                for walk in walks {
                    try await deployment.expectIdentical(walk.csv, to: walk.lines, threshold: Walk.threshold)
                }
                // Threads were at work and files were there, and no more than one process may have.
                #expect((1...Self.threads).contains(seen.threads), "\(seen)")
                #expect((1...(1 << 20)).contains(seen.spilledBytes), "\(seen)")
                // It was the process that had no room left, not one of its tasks, and it said so once.
                let notices = helper.output.components(separatedBy: "node state finds no room").count - 1
                #expect(notices == 1, "\(helper.output)")
                try await Self.upload(to: names[Self.tasks - 1], scratch)
            }
        }

        /// Starts an aggregator with all of the tasks.
        @discardableResult
        private func start(
            _ role: Deployment.Role, _ names: [String], _ deployment: Deployment, _ watch: Watch
        ) async throws -> RunningProcess {
            let further = names.dropFirst().flatMap {
                ["--task", deployment.scratch.file("\($0)/\(role.rawValue).json").path]
            }
            // The test looks into the process.
            let process = try await deployment.start(role, options: further + Self.options + ["--allow-core-dumps"])
            watch.look(at: process.pid)
            return process
        }

        /// Uploads lines of a task's own, of which 24 are popular.
        private static func upload(to name: String, _ scratch: Scratch) async throws {
            let popular = "abcdefghijklmnopqrstuvwx".enumerated().flatMap { place, letter in
                [String](repeating: "\(name.suffix(1))\(letter)\(letter)", count: 24 + place % 3)
            }
            let text = (popular + ["x", "y", "zz"]).joined(separator: "\n") + "\n"
            let lines = try scratch.write(Data(text.utf8), to: "\(name).lines")
            let client = scratch.file("\(name)/client.json").path
            let upload = try await scratch.run(
                Checkout.populus, ["upload", "--task", client, lines.path], within: .seconds(60))
            guard upload.status == 0 else { throw HarnessError("upload ended with \(upload.status): \(upload.output)") }
        }
    }
}

/// A discovery of one task among several.
private final class Walk: @unchecked Sendable {
    // Used by one test's task only.
    static let threshold = "20"

    let name: String
    let lines: URL
    let csv: URL
    private let scratch: Scratch
    private(set) var process: RunningProcess

    init(_ name: String, in scratch: Scratch) throws {
        self.name = name
        self.scratch = scratch
        lines = scratch.file("\(name).lines")
        csv = scratch.file("\(name).csv")
        process = try Self.start(name, csv, scratch)
    }

    private static func start(
        _ name: String, _ csv: URL, _ scratch: Scratch, _ options: [String] = []
    ) throws -> RunningProcess {
        let collector = scratch.file("\(name)/collector.json").path
        let arguments = [
            "discover", "--task", collector, "--threshold", threshold, "--bits-per-step", "1", "--csv", csv.path,
        ]
        return try RunningProcess(Checkout.populus, arguments + options, name: "discover-\(name)", in: scratch)
    }

    /// How many steps its state says were answered.
    var steps: Int { WalkState.answeredSteps(scratch.file("\(name)/collector.walk.json")) }

    /// Waits for its end, and resumes it as often as it gives up.
    func finish() async throws {
        for _ in 0..<5 {
            if try await process.end(within: .seconds(60)) == 0 { return }
            process = try Self.start(name, csv, scratch, ["--resume"])
        }
        throw HarnessError("\(name) did not come to its end: \(process.output)")
    }
}

/// Looks at processes again and again, and remembers the most that was seen of any.
private final class Watch: Sendable {
    private struct State {
        var pids: [pid_t] = []
        var most = ProcessView.Use()
    }

    private let state = Mutex(State())
    private let looking = Mutex<Task<Void, any Error>?>(nil)

    /// Looks at a process too from now on.
    func look(at pid: pid_t) {
        state.withLock { $0.pids.append(pid) }
        looking.withLock { looking in
            guard looking == nil else { return }
            // It ends with the watch, should the test fail before that is told to.
            looking = Task { [weak self] in
                while self?.note() != nil { try await Task.sleep(for: .milliseconds(10)) }
            }
        }
    }

    private func note() {
        let uses = state.withLock { $0.pids }.map { ProcessView(pid: $0).use }
        state.withLock { state in
            for use in uses {
                state.most.threads = max(state.most.threads, use.threads)
                state.most.spilledBytes = max(state.most.spilledBytes, use.spilledBytes)
            }
        }
    }

    /// Ends looking, and says what was seen.
    func end() async -> ProcessView.Use {
        let task = looking.withLock { $0 }
        task?.cancel()
        // Told to end, it throws.
        _ = await task?.result
        return state.withLock { $0.most }
    }
}

extension Sequence where Element: Sendable {
    /// Runs a body for all elements at once.
    func concurrently(_ body: @escaping @Sendable (Element) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for element in self { group.addTask { try await body(element) } }
            try await group.waitForAll()
        }
    }
}
