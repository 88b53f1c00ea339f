import Foundation
import Testing

extension EndToEnd {
    /// What `collect` writes, and what the commands that write task files replace.
    @Suite struct CollectedFiles {
        @Test func aCollectionReplacesResultsOnly() async throws {
            try await Deployment.with(scheme: ["--vdaf", "poplar1", "--bits", "1024", "--without-walk"]) { deployment in
                let scratch = deployment.scratch
                let lines = Data(String(repeating: "word\n", count: 15).utf8)
                try await deployment.uploadAll(try scratch.write(lines, to: "lines"))
                // The candidates look like a result, and are none.
                let candidates = try scratch.write(
                    Data("candidate,result,report_count,interval_start,interval_end\r\nword\r\n".utf8), to: "names")
                let key = try Data(contentsOf: URL(filePath: deployment.taskFile("collector")))
                for csv in [URL(filePath: deployment.taskFile("collector")), candidates] {
                    let refused = try await deployment.collect(
                        ["--candidates", candidates.path, "--csv", csv.path])
                    #expect(refused.status == 73 && refused.stderr.contains("--csv"), "\(refused.output)")
                }
                #expect(try Data(contentsOf: URL(filePath: deployment.taskFile("collector"))) == key)
                #expect(!FileManager.default.fileExists(atPath: scratch.file("task/collector.collection.json").path))

                let words = try scratch.write(Data("word\n".utf8), to: "words")
                let csv = scratch.file("out.csv")
                let both = try await deployment.collect(
                    ["--candidates", words.path, "--csv", csv.path, "--json", "--quiet"])
                #expect(both.status == 0 && both.stderr.isEmpty, "\(both.output)")
                let printed = try CollectedObject(both.stdout)
                #expect(printed.result == [15] && printed.members["command"] as? String == "collect")
                #expect(Scratch.text(csv).contains("\r\nword,15,15,"))
                let beside = try #require(
                    try JSONSerialization.jsonObject(with: Data(contentsOf: scratch.file("out.csv.json")))
                        as? [String: Any])
                for name in ["task", "vdaf", "version", "batch_mode", "ended", "began", "report_count", "csv"] {
                    #expect(beside[name] != nil, "\(name)")
                }

                try await deployment.uploadAll(scratch.file("lines"))
                let next = try await deployment.collect(["--candidates", words.path, "--csv", csv.path])
                #expect(next.status == 0 && next.stderr.contains("replaces the result of 20"), "\(next.output)")
            }
        }

        /// `--force` is for the files of an earlier task; a new key goes into the file itself, not into the place of a link.
        @Test func taskFilesReplaceTaskFilesOnly() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let scratch = deployment.scratch
                let folder = scratch.file("mine")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
                let mine = Data("{\"name\":\"a web client\"}".utf8)
                try mine.write(to: folder.appending(path: "client.json"))
                let refused = try await scratch.run(
                    Checkout.populus, deployment.newTask(directory: folder, options: ["--force"]))
                #expect(refused.status == 73 && refused.stderr.contains("client.json"), "\(refused.output)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["client.json"])
                #expect(try Data(contentsOf: folder.appending(path: "client.json")) == mine)

                let real = URL(filePath: deployment.taskFile("leader")), link = scratch.file("leader-link.json")
                try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
                let before = try Data(contentsOf: real)
                // What lies beside it under the name of a file that is not ready stays.
                _ = try scratch.write(Data("mine".utf8), to: "task/leader.json.new")
                let rekeyed = try await scratch.populus("task", "rekey", link.path)
                #expect(rekeyed.status == 0, "\(rekeyed.output)")
                #expect(try Data(contentsOf: real) != before)
                #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == real.path)
                #expect(scratch.text("task/leader.json.new") == "mine")
            }
        }
    }
}
