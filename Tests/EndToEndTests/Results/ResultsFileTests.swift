import Foundation
import Testing

extension EndToEnd {
    /// Results in a file of their own: kept by runs, listed, compared, exported.
    @Suite struct ResultsFiles {
        private static func lines(_ strings: [(String, Int)]) -> Data {
            Data(strings.flatMap { Array(repeating: $0.0, count: $0.1) }.joined(separator: "\n").utf8)
        }

        private func results(_ deployment: Deployment, _ words: [String]) async throws -> CommandResult {
            try await deployment.scratch.run(
                Checkout.populus,
                ["results", words[0], deployment.scratch.file("results.sqlite").path] + words.dropFirst())
        }

        /// Two walks: what changed between them is named, and nothing else.
        @Test func twoWalksAreCompared() async throws {
            try await Deployment.with(bits: 512) { deployment in
                let (scratch, file) = (deployment.scratch, deployment.scratch.file("results.sqlite"))
                let keep = ["--results", file.path, "--keep", "10"]
                let batches = [
                    [("https://a.example/1", 30), ("https://a.example/2", 20), ("b", 12), ("rare", 3)],
                    [("https://a.example/1", 30), ("https://a.example/2", 40), ("new\\", 15), ("rare", 3)],
                ]
                for (number, batch) in batches.enumerated() {
                    try await deployment.uploadAll(try scratch.write(Self.lines(batch), to: "lines-\(number)"))
                    let found = try await deployment.discover(
                        threshold: "10", csv: scratch.file("out-\(number).csv"), options: keep)
                    #expect(found.status == 0, "\(found.output)")
                }
                let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                let listed = try await results(deployment, ["list"])
                #expect(listed.stdout.split(separator: "\n").count == 3, "\(listed.output)")
                let compared = try await results(deployment, ["compare", "--jsonl"])
                let rows = compared.stdout.split(separator: "\n").dropFirst().map(String.init)
                #expect(rows.count == 4, "\(compared.output)")
                for (change, value) in [
                    ("new", #"new\\\\"#), ("risen", "https://a.example/2"), ("gone", "b"),
                    ("unchanged", "https://a.example/1"),
                ] {
                    let beginning = #"{"kind":"change","change":"\#(change)","value":"\#(value)""#
                    #expect(rows.contains { $0.hasPrefix(beginning) }, "\(beginning): \(rows)")
                }
                #expect(!compared.stdout.contains("rare"))
                // The export is what discover wrote.
                let again = try await results(deployment, ["export", "--csv", scratch.file("again.csv").path])
                #expect(again.status == 0 && scratch.text("again.csv") == scratch.text("out-1.csv"), "\(again.output)")
                // The kept result once more is the same walk.
                let same = try await scratch.run(
                    Checkout.populus,
                    ["discover", "--task", deployment.taskFile("collector"), "--again", "--results", file.path])
                #expect(same.status == 0, "\(same.output)")
                #expect(try await results(deployment, ["list"]).stdout == listed.stdout)
                try await mistakes(deployment)
            }
        }

        /// What is no file of results is refused before a batch is spent, and stays as it is.
        private func mistakes(_ deployment: Deployment) async throws {
            let notes = try deployment.scratch.write(Data("mine\n".utf8), to: "notes")
            let refused = try await deployment.discover(
                threshold: "10", csv: deployment.scratch.file("none.csv"), options: ["--results", notes.path])
            #expect(refused.status == 65 && refused.stderr.contains(notes.path), "\(refused.output)")
            #expect(deployment.scratch.text("notes") == "mine\n")
            // The state, and its lock, are other files.
            let state = deployment.scratch.file("state.json")
            for path in [state.path, state.path + ".lock"] {
                let mixed = try await deployment.discover(
                    threshold: "10", csv: deployment.scratch.file("none.csv"),
                    options: ["--state", state.path, "--results", path])
                #expect(mixed.status == 73 && mixed.stderr.contains("--results"), "\(mixed.output)")
                #expect(deployment.scratch.text("state.json").isEmpty)
            }
            // Where no file stands beside the CSV, standard error says what is missing.
            let piped = try await results(deployment, ["export", "--csv", "-"])
            #expect(piped.stdout == deployment.scratch.text("out-1.csv"), "\(piped.output)")
            #expect(piped.stderr.contains("strings with fewer than 10 votes"), "\(piped.output)")
            let long = try await results(deployment, ["show", "--string", String(repeating: "long", count: 100)])
            #expect(long.status == 76 && long.stderr.contains("cannot encode"), "\(long.output)")
            let missing = try await deployment.scratch.run(
                Checkout.populus, ["results", "list", deployment.scratch.file("nothing").path])
            #expect(missing.status == 66, "\(missing.output)")
        }
    }
}
