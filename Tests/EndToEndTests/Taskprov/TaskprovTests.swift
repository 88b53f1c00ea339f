import Foundation
import Testing

extension EndToEnd {
    /// Tasks that a client brings, with all roles of this program.
    @Suite struct Taskprov {
        private static let count = ["--vdaf", "prio3-count", "--min-batch-size", "6"]

        /// No aggregator was told of the task; both have it after the first upload and its collection, and after a restart.
        @Test func aClientBringsACount() async throws {
            try await TaskprovPair.with(Self.count) { pair in
                try await pair.makeTask("one", Self.count)
                let early = try await pair.trying(["collect", "--task", pair.file("one", "collector"), "--json"])
                #expect(early.status != 0 && early.output.contains("brought this task"), "\(early.output)")
                #expect(try await pair.upload("one", ["1", "0", "1"]).status == 0)
                for role in TaskprovPair.roles { try await pair.stop(role) }
                for role in TaskprovPair.roles { try await pair.start(role) }
                let more = try await pair.upload("one", ["1", "1", "0"])
                #expect(more.status == 0, "\(more.output)")
                let collected = try await pair.populus(
                    ["collect", "--task", pair.file("one", "collector"), "--json"])
                #expect(Self.result(collected.stdout) == [4, 6], "\(collected.output)")
            }
        }

        /// A walk, within the limits that both operators have set.
        @Test func aClientBringsAWalk() async throws {
            try await TaskprovPair.with(["--walks", "--min-batch-size", "10", "--min-threshold", "5"]) { pair in
                let options = ["--min-batch-size", "10", "--exact", "--bits", "32", "--encoding", "bytes"]
                try await pair.makeTask("walk", options + ["--min-threshold", "5"])
                let lines = Array(repeating: "ab", count: 7) + Array(repeating: "cd", count: 6) + ["x", "y"]
                let uploaded = try await pair.upload("walk", lines)
                #expect(uploaded.status == 0, "\(uploaded.output)")
                let csv = pair.scratch.file("walk.csv").path
                try await pair.populus([
                    "discover", "--task", pair.file("walk", "collector"), "--threshold", "5", "--csv", csv,
                ])
                let found = try String(contentsOfFile: csv, encoding: .utf8)
                #expect(found.contains("ab,7") && found.contains("cd,6") && !found.contains("x,"), "\(found)")
                // One with a lower threshold is none that these take part in.
                try await pair.makeTask("bold", options + ["--min-threshold", "4"])
                let refused = try await pair.upload("bold", lines)
                #expect(refused.status != 0 && refused.output.contains("no part in the task"), "\(refused.output)")
            }
        }

        /// What was taken up goes on without the file; of further tasks the Helper knows nothing, and the Leader says so.
        @Test func aHelperThatTakesUpNoMoreRefuses() async throws {
            try await TaskprovPair.with(Self.count) { pair in
                let lines = ["1", "0", "1", "1", "1", "0"]
                try await pair.makeTask("one", Self.count)
                #expect(try await pair.upload("one", lines).status == 0)
                // The Leader looks at its Helper at once.
                try await wait(for: "the Helper to take the task up", within: .seconds(60)) {
                    pair.output("helper").contains("took up a task") ? () : nil
                }
                try await pair.stop("helper")
                try await pair.start("helper", enabled: false)
                try await pair.makeTask("two", Self.count)
                #expect(try await pair.upload("two", lines).status == 0)
                try await wait(for: "the Leader to hear of it", within: .seconds(60)) {
                    pair.output("leader").contains("does not serve this task") ? () : nil
                }
                let collected = try await pair.populus(["collect", "--task", pair.file("one", "collector"), "--json"])
                #expect(Self.result(collected.stdout) == [4, 6], "\(collected.output)")
            }
        }

        @Test func theFilesAreChecked() async throws {
            try await TaskprovPair.with(Self.count) { pair in
                let commands: [([String], String)] = [
                    (
                        ["leader", "--listen", "127.0.0.1:0", "--store", "x", "--taskprov", pair.agreed("helper")],
                        "helper"
                    ),
                    (["taskprov", "new", "--directory", pair.scratch.file("no").path] + pair.urls, "--vdaf"),
                    (
                        ["taskprov", "new", "--directory", pair.scratch.file("no").path, "--vdaf", "poplar1"]
                            + pair.urls,
                        "--walks"
                    ),
                    (
                        [
                            "task", "new", "--taskprov", pair.agreed("collector"), "--directory",
                            pair.scratch.file("no").path,
                        ]
                            + pair.urls + Self.count, "--starts"
                    ),
                ]
                for (command, word) in commands {
                    let result = try await pair.trying(command)
                    #expect(result.status != 0 && result.output.contains(word), "\(result.output)")
                }
            }
        }

        /// The result and the number of reports of a collection.
        static func result(_ json: String) -> [UInt64]? {
            let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
            guard let result = object?["result"] as? UInt64, let count = object?["report_count"] as? UInt64 else {
                return nil
            }
            return [result, count]
        }
    }
}
