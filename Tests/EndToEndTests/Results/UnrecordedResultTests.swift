import Foundation
import Testing

extension EndToEnd {
    /// A file of results that fails while a walk is under way: nothing is lost, and nothing is stuck.
    @Suite struct UnrecordedResults {
        private static let steps = ["--bits-per-step", "1"]

        /// Lets the body do what it likes to a walk in its middle, which stands still meanwhile.
        private func midWalk(
            _ body: (Deployment, RunningProcess, _ results: URL, _ options: [String]) async throws -> Void
        ) async throws {
            try await Deployment.with(bits: 512) { deployment in
                let lines = try await deployment.scratch.zipfURLs(distinct: 200, count: 800, seed: 2, maxBytes: 63)
                try await deployment.uploadAll(lines)
                let results = deployment.scratch.file("results.sqlite")
                let options = Self.steps + ["--results", results.path]
                let walk = try deployment.startDiscovery(
                    threshold: "15", csv: deployment.scratch.file("out.csv"), options: options)
                try await deployment.midWalk(walk)
                walk.send(SIGSTOP)
                try await body(deployment, walk, results, options)
            }
        }

        /// Neither the file of results nor the folder beside the task takes the result: the walk's state has it still.
        @Test func aResultThatIsKeptNowhereStaysInTheState() async throws {
            try await midWalk { deployment, walk, results, options in
                let (scratch, whole) = (deployment.scratch, try Data(contentsOf: results))
                let inTheWay = try scratch.write(Data("mine".utf8), to: "task/collector.results")
                try truncate(results)
                walk.send(SIGCONT)
                #expect(try await walk.end(within: .seconds(120)) != 0)
                #expect(walk.output.contains("--resume") && !walk.output.contains("is kept beside"), "\(walk.output)")
                #expect(!scratch.text("task/collector.walk.json").isEmpty)

                try FileManager.default.removeItem(at: inTheWay)
                try whole.write(to: results)
                let resumed = try await deployment.discover(
                    threshold: "15", csv: scratch.file("out.csv"), options: options + ["--resume"])
                #expect(resumed.status == 0, "\(resumed.output)")
                let listed = try await scratch.run(Checkout.populus, ["results", "list", results.path])
                #expect(listed.stdout.split(separator: "\n").count == 2, "\(listed.output)")
            }
        }

        /// A walk is ended whatever the file of results is.
        @Test func aWalkEndsThoughNothingCanBeRecorded() async throws {
            try await midWalk { deployment, walk, results, _ in
                walk.send(SIGCONT)
                walk.send(SIGINT)
                #expect(try await walk.end(within: .seconds(30)) != 0)
                try Data("mine".utf8).write(to: results)
                let abandon = ["discover", "--task", deployment.taskFile("collector"), "--results", results.path]
                let ended = try await deployment.scratch.run(Checkout.populus, abandon + ["--abandon"])
                #expect(ended.status == 0 && ended.stderr.contains("note: "), "\(ended.output)")
                #expect(deployment.scratch.text("task/collector.walk.json").isEmpty)
                #expect(Scratch.text(results) == "mine")
            }
        }

        private func truncate(_ file: URL) throws {
            let handle = try FileHandle(forWritingTo: file)
            try handle.truncate(atOffset: 0)
            try handle.close()
        }
    }
}
