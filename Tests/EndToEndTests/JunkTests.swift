import Foundation
import Testing

extension EndToEnd {
    /// A stranger's uploads spend nobody's report, and what the command says to do then helps.
    @Suite struct Junk {
        /// A client's file of a task that differs in its bounds, under this one's ID: its reports do not open.
        private func strangersTask(_ deployment: Deployment) async throws -> URL {
            let folder = deployment.scratch.file("stranger")
            let made = try await deployment.scratch.run(
                Checkout.populus, deployment.newTask(directory: folder, options: ["--min-threshold", "11"]))
            try #require(made.status == 0, "\(made.output)")
            func file(_ path: String) throws -> [String: Any] {
                let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
                return try #require(object as? [String: Any])
            }
            var task = try file(folder.appending(path: "client.json").path)
            task["task_id"] = try file(deployment.taskFile("client"))["task_id"]
            return try deployment.scratch.write(try JSONSerialization.data(withJSONObject: task), to: "stranger.json")
        }

        @Test func uploadMoreAndRunTheSameCommandAgain() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let lines = try deployment.scratch.write(Data(String(repeating: "word\n", count: 6).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                let task = try await strangersTask(deployment)
                let junk = try deployment.scratch.write(Data(String(repeating: "junk\n", count: 9).utf8), to: "junk")
                let upload = try await deployment.scratch.populus("upload", "--task", task.path, junk.path)
                try #require(upload.status == 0, "\(upload.output)")

                let csv = deployment.scratch.file("out.csv")
                let refused = try await deployment.discover(threshold: "10", csv: csv)
                #expect(refused.status == 75, "\(refused.output)")
                #expect(refused.stderr.contains("6 of 15"), "\(refused.stderr)")
                #expect(refused.stderr.contains("upload more and run the same command again"), "\(refused.stderr)")

                let more = try deployment.scratch.write(Data(String(repeating: "word\n", count: 4).utf8), to: "more")
                try await deployment.uploadAll(more)
                let result = try await deployment.discover(threshold: "10", csv: csv)
                #expect(result.status == 0, "\(result.output)")
                #expect(try String(contentsOf: csv, encoding: .utf8).contains("word,10,"))
            }
        }
    }
}
