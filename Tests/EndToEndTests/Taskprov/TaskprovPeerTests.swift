import Foundation
import Testing

extension EndToEnd {
    /// Tasks that requests bring, with the peer in Python as Author, Client and Collector, and as the Leader.
    @Suite(.enabled(if: PythonPeer.isReady, Comment(rawValue: PythonPeer.needs))) struct TaskprovPeerTests {
        private static let count = ["--vdaf", "prio3-count", "--min-batch-size", "6"]
        private static let lines = ["1", "0", "1", "1", "0", "1"]

        private func author(_ pair: TaskprovPair, _ name: String, _ options: [String] = []) async throws {
            let made = try await pair.scratch.peer(
                [
                    "author", "--taskprov", pair.agreed("collector"), "--directory", pair.scratch.file(name).path,
                    "--name",
                    name, "--min-batch-size", "6",
                ] + options)
            #expect(made.status == 0, "\(made.output)")
        }

        private func write(_ pair: TaskprovPair, _ name: String) throws -> String {
            try pair.scratch.write(Data(Self.lines.joined(separator: "\n").utf8), to: "\(name).lines").path
        }

        /// The peer makes the task, brings it and collects; then both sides change places.
        @Test func thePeerBringsATask() async throws {
            try await TaskprovPair.with(Self.count) { pair in
                try await author(pair, "one")
                let lines = try write(pair, "one")
                let uploaded = try await pair.scratch.peer(["upload", "--task", pair.file("one", "client"), lines])
                #expect(uploaded.status == 0, "\(uploaded.output)")
                let collected = try await pair.scratch.peer(["collect", "--task", pair.file("one", "collector")])
                #expect(Taskprov.result(collected.stdout) == [4, 6], "\(collected.output)")
                // Its task is ours, and ours is its.
                #expect(try await pair.upload("one", Self.lines).status == 0)
                let again = try await pair.populus(["collect", "--task", pair.file("one", "collector"), "--json"])
                #expect(Taskprov.result(again.stdout) == [4, 6], "\(again.output)")
                try await pair.makeTask("two", Self.count)
                #expect(try await pair.upload("two", Self.lines).status == 0)
                let other = try await pair.scratch.peer(["collect", "--task", pair.file("two", "collector")])
                #expect(Taskprov.result(other.stdout) == [4, 6], "\(other.output)")
            }
        }

        /// The peer is the Leader: it derives the verification key by itself, and the Helper learns of the task by its first job.
        @Test func thePeerLeads() async throws {
            try await TaskprovPair.with(Self.count) { pair in
                try await author(pair, "led")
                let result = try await pair.scratch.peer([
                    "lead", "--taskprov", pair.agreed("leader"), "--tasks", pair.scratch.file("led").path, "--wrongs",
                    try write(pair, "led"),
                ])
                let wrong = result.output.split(separator: "\n").filter { $0.hasPrefix("WRONG") }
                #expect(result.status == 0 && wrong.isEmpty, "\(result.output)")
                let last = result.stdout.split(separator: "\n").last.map(String.init) ?? ""
                #expect(Taskprov.result(last) == [4, 6], "\(result.output)")
            }
        }

        /// What must be refused, with the errors that the draft asks for, where tasks are taken up and where they are not.
        @Test(arguments: [true, false]) func wrongsAreRefused(enabled: Bool) async throws {
            try await TaskprovPair.with(Self.count, enabled: enabled ? TaskprovPair.roles : []) { pair in
                try await author(pair, "wrong")
                let result = try await pair.scratch.peer(
                    ["taskprov-wrongs", "--tasks", pair.scratch.file("wrong").path] + (enabled ? [] : ["--refused"]))
                let wrong = result.output.split(separator: "\n").filter { !$0.hasPrefix("ok ") }
                #expect(result.status == 0, "\(wrong)")
            }
        }
    }
}
