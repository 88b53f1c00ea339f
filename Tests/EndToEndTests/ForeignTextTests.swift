import Foundation
import Testing

extension EndToEnd {
    /// Words of a hostile Leader, Helper or task file reach no terminal and no log as they are.
    @Suite struct ForeignWords {
        private func make(
            _ scratch: Scratch, _ folder: String, leader: String, helper: String, _ scheme: [String],
            name: String = "test"
        ) async throws {
            let made = try await scratch.run(
                Checkout.populus,
                [
                    "task", "new", "--directory", scratch.file(folder).path, "--leader", leader, "--helper", helper,
                    "--min-batch-size", "1", "--name", name,
                ] + scheme)
            guard made.status == 0 else { throw HarnessError("task new ended with \(made.status): \(made.output)") }
        }

        private static let walk = ["--vdaf", "poplar1", "--bits", "64", "--exact"]

        @Test func ofALeader() async throws {
            try await Scratch.with { scratch in
                try await HostileServer.with(in: scratch) { server in
                    let lines = try scratch.write(Data("1\n".utf8), to: "lines")
                    for (folder, scheme) in [("count", ["--vdaf", "prio3-count"]), ("walk", Self.walk)] {
                        try await make(scratch, folder, leader: server.url, helper: "http://127.0.0.1:1/", scheme)
                        let collector = scratch.file("\(folder)/collector.json").path
                        var runs = [["upload", "--task", scratch.file("\(folder)/client.json").path, lines.path]]
                        runs.append(
                            folder == "count"
                                ? ["collect", "--task", collector]
                                : ["discover", "--task", collector, "--threshold", "1", "--csv", "-"])
                        for arguments in runs {
                            let result = try await scratch.run(Checkout.populus, arguments, within: .seconds(60))
                            #expect(result.status != 0 && !HostileServer.hasReached(result.output), "\(result.output)")
                            #expect(result.output.contains(HostileServer.shown), "\(result.output)")
                        }
                    }
                }
            }
        }

        /// The Leader logs what its Helper says, and hands it on to the Collector.
        @Test func ofAHelper() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let lines = try deployment.scratch.write(
                    Data(String(repeating: "foo\n", count: 12).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                // Another process takes the Helper's place.
                try await deployment.kill(.helper)
                try await HostileServer.with(in: deployment.scratch, port: deployment.ports[.helper] ?? 0) { _ in
                    let result = try await deployment.discover(
                        threshold: "10", csv: deployment.scratch.file("out.csv"), within: .seconds(60))
                    #expect(result.status == 76 && !HostileServer.hasReached(result.output), "\(result.output)")
                    #expect(result.stderr.contains(HostileServer.shown), "\(result.output)")
                    let log = deployment.running[.leader].map { Scratch.text($0.stderr) } ?? ""
                    #expect(log.contains(HostileServer.shown) && !HostileServer.hasReached(log), "\(log)")
                }
            }
        }

        @Test func ofATaskFile() async throws {
            try await Scratch.with { scratch in
                // Our own `task new` refuses such a name.
                let (harmless, name) = ("task of 11b", "\u{1b}[2J\u{202e}evil")
                try await make(
                    scratch, "task", leader: "http://127.0.0.1:1/", helper: "http://127.0.0.1:2/", Self.walk,
                    name: harmless)
                for role in ["client", "leader", "helper", "collector"] {
                    try TaskFilePatch.replace(harmless, by: name, in: scratch.file("task/\(role).json"))
                    let shown = try await scratch.populus("task", "show", scratch.file("task/\(role).json").path)
                    #expect(shown.status == 0 && !HostileServer.hasReached(shown.output), "\(shown.output)")
                    #expect(shown.stdout.contains(#"\x1b[2J\xe2\x80\xaeevil"#), "\(shown.output)")
                }
                let broken = try scratch.write(Data(#"{"format":"\u001b[2J\nforged"}"#.utf8), to: "broken.json")
                let refused = try await scratch.populus("task", "show", broken.path)
                #expect(refused.status == 65 && !HostileServer.hasReached(refused.output), "\(refused.output)")
            }
        }
    }
}
