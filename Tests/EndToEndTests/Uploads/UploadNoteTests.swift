import Foundation
import Testing

extension EndToEnd {
    /// What an upload remembers, and what it never touches.
    @Suite struct UploadNotes {
        private func upload(_ deployment: Deployment, _ file: URL, _ options: String...) async throws -> CommandResult {
            try await deployment.scratch.run(
                Checkout.populus, ["upload", "--task", deployment.taskFile("client"), file.path] + options,
                within: .seconds(60))
        }

        @Test func aFinishedUploadIsNotResumed() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"]) { deployment in
                let lines = try deployment.scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                for _ in 1...2 {
                    let again = try await upload(deployment, lines, "--resume")
                    #expect(again.status == 0 && again.stdout.hasPrefix("nothing to resume"), "\(again.output)")
                }
                // What was added is new.
                let handle = try FileHandle(forWritingTo: lines)
                try handle.seekToEnd()
                try handle.write(contentsOf: Data("1\n0\n0\n".utf8))
                try handle.close()
                let added = try await upload(deployment, lines, "--resume")
                #expect(added.status == 0 && added.stdout.hasPrefix("3 reports uploaded"), "\(added.output)")
                #expect(added.stderr.contains("going on after that"), "\(added.output)")
                // Another file of the same name, as of the next day, is not the one that was uploaded.
                try Data((String(repeating: "0\n", count: 19) + "0").utf8).write(to: lines)
                let other = try await upload(deployment, lines, "--resume")
                #expect(other.status == 0 && other.stderr.contains("another input"), "\(other.output)")
                // Where its last line grew nobody can tell what is new.
                try Data((String(repeating: "0\n", count: 19) + "00\n").utf8).write(to: lines)
                let longer = try await upload(deployment, lines, "--resume")
                #expect(longer.status == 65 && longer.stderr.contains("last line was not whole"), "\(longer.output)")
                // Without --resume it is new, and the same once more is said to be.
                try Data((String(repeating: "0\n", count: 19) + "0").utf8).write(to: lines)
                let twice = try await upload(deployment, lines)
                #expect(twice.status == 0 && twice.stderr.contains("uploaded already"), "\(twice.output)")
                let collected = try await deployment.collect(["--json"])
                #expect(try CollectedObject(collected.stdout).reports == 12 + 3 + 20 + 20, "\(collected.output)")
            }
        }

        /// Without its journal every line would be new: where that is held, damaged or another input's nothing is resumed.
        @Test func whatIsNotKnownIsNotResumed() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"]) { deployment in
                let scratch = deployment.scratch
                let lines = try scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "lines")
                try await deployment.uploadAll(lines)
                let folder = scratch.file("task")
                let name = try #require(
                    try FileManager.default.contentsOfDirectory(atPath: folder.path)
                        .first { $0.contains(".upload-") && $0.hasSuffix(".json") })
                let journal = folder.appending(path: name)
                let holder = try RunningProcess(
                    URL(filePath: "/usr/bin/flock"), ["--no-fork", journal.path + ".lock", "sleep", "60"],
                    name: "holder",
                    in: scratch)
                try await Task.sleep(for: .milliseconds(300))
                for option in ["--resume", "--abandon"] {
                    let held = try await upload(deployment, lines, option)
                    #expect(held.status == 75 && held.stderr.contains("is under way"), "\(held.output)")
                }
                await holder.stop()
                // A name of one's own is one upload's.
                let own = scratch.file("own.json").path
                let first = try await upload(deployment, lines, "--journal", own)
                #expect(first.status == 0, "\(first.output)")
                let others = try scratch.write(Data("0\n".utf8), to: "others")
                let second = try await upload(deployment, others, "--journal", own)
                #expect(second.status == 65 && second.stderr.contains(lines.path), "\(second.output)")
                // As a power failure may leave it.
                try Data().write(to: journal)
                for options in [["--resume"], []] {
                    let damaged = try await scratch.run(
                        Checkout.populus,
                        ["upload", "--task", deployment.taskFile("client"), lines.path] + options)
                    #expect(damaged.status == 65 && damaged.stderr.contains("move it away"), "\(damaged.output)")
                }
                let collected = try await deployment.collect(["--json"])
                #expect(try CollectedObject(collected.stdout).reports == 24, "\(collected.output)")
            }
        }

        /// No file that is no journal is read as one, replaced or removed, nor what lies beside it, nor another's journal.
        @Test func whatIsNoJournalStays() async throws {
            try await LeaderProxy.with(scheme: ["--vdaf", "prio3-count"]) { deployment, proxy in
                let scratch = deployment.scratch
                let lines = try scratch.write(Data("1\n1\n".utf8), to: "lines")
                let precious = try scratch.write(Data("the only copy of my thesis\n".utf8), to: "thesis")
                let json = try scratch.write(Data("{}".utf8), to: "settings.json")
                let link = scratch.file("link")
                try FileManager.default.createSymbolicLink(at: link, withDestinationURL: precious)
                let dangling = scratch.file("dangling")
                try FileManager.default.createSymbolicLink(atPath: dangling.path, withDestinationPath: "nowhere")
                for file in [precious, json, link, dangling, lines, URL(filePath: deployment.taskFile("client"))] {
                    let content = try? Data(contentsOf: file)
                    for option in [nil, "--resume", "--abandon"] {
                        let arguments =
                            ["upload", "--task", deployment.taskFile("client"), lines.path]
                            + ["--journal", file.path] + (option.map { [$0] } ?? [])
                        let result = try await scratch.run(Checkout.populus, arguments)
                        #expect(result.status == 65, "\(file.lastPathComponent) \(option ?? ""): \(result.output)")
                        #expect(result.stderr.contains("left as it is"), "\(result.output)")
                        #expect((try? Data(contentsOf: file)) == content, "\(file.lastPathComponent) \(option ?? "")")
                    }
                    #expect(!FileManager.default.fileExists(atPath: file.path + ".lock"))
                }
                let target = try FileManager.default.destinationOfSymbolicLink(atPath: link.path)
                #expect(target.hasSuffix("thesis"))
                // What lies beside a journal.
                let locked = try scratch.write(Data("my notes\n".utf8), to: "j.lock")
                let refused = try await upload(deployment, lines, "--journal", scratch.file("j").path)
                #expect(refused.status == 73 && refused.stderr.contains("j.lock"), "\(refused.output)")
                #expect(Scratch.text(locked) == "my notes\n")
                let new = try scratch.write(Data("my draft\n".utf8), to: "k.new")
                let done = try await upload(deployment, lines, "--journal", scratch.file("k").path)
                #expect(done.status == 0 && Scratch.text(new) == "my draft\n", "\(done.output)")
                // An interrupted upload's journal is another input's, too.
                try proxy.order(.answer(status: 204, type: nil, body: ""))
                let journal = scratch.file("journal").path
                let interrupted = try await upload(deployment, lines, "--journal", journal)
                #expect(interrupted.status == 70, "\(interrupted.output)")
                let others = try scratch.write(Data("0\n".utf8), to: "others")
                for options in [["--abandon"], ["--resume"], []] {
                    let result = try await scratch.run(
                        Checkout.populus,
                        ["upload", "--task", deployment.taskFile("client"), others.path, "--journal", journal]
                            + options)
                    #expect(result.status == 65 && result.stderr.contains(lines.path), "\(result.output)")
                    #expect(FileManager.default.fileExists(atPath: journal))
                }
                let forgotten = try await upload(deployment, lines, "--journal", journal, "--abandon")
                #expect(
                    forgotten.status == 0 && !FileManager.default.fileExists(atPath: journal), "\(forgotten.output)")
            }
        }
    }
}
