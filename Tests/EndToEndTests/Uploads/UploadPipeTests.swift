import Foundation
import Testing

extension EndToEnd {
    /// Standard input as people give it: a pipe that goes on for hours, a closed one, a folder.
    @Suite struct UploadPipes {
        /// A named pipe that an upload reads from, written to by the test.
        private struct Feed {
            let upload: RunningProcess
            private let handle: FileHandle

            init(_ deployment: Deployment, _ options: String...) throws {
                let path = deployment.scratch.file("feed-\(UUID().uuidString)").path
                guard mkfifo(path, 0o600) == 0 else { throw HarnessError("no pipe") }
                // Opened for both, so that neither side waits for the other.
                handle = try FileHandle(forUpdating: URL(filePath: path))
                _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
                upload = try RunningProcess(
                    URL(filePath: "/bin/sh"),
                    [
                        "-c", #"exec 0<"$1"; shift; exec "$0" upload "$@" -"#, Checkout.populus.path, path, "--task",
                        deployment.taskFile("client"),
                    ] + options, name: "upload", in: deployment.scratch)
            }

            func write(_ text: String) throws { try handle.write(contentsOf: Data(text.utf8)) }

            func end() throws { try handle.close() }
        }

        @Test func aPipeIsSentSoonAndNeedsNoJournal() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"]) { deployment in
                let folder = deployment.scratch.file("task").path
                let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                let feed = try Feed(deployment)
                try feed.write("1\n0\n")
                try await wait(for: "the first two reports", within: .seconds(10)) {
                    feed.upload.output.contains("2 reports uploaded") ? () : nil
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
                // Half a line waits for its end, also when the rest comes much later.
                try feed.write("1\n0")
                try await Task.sleep(for: .milliseconds(1500))
                try feed.write("\n1\n")
                try feed.end()
                #expect(try await feed.upload.end(within: .seconds(20)) == 0, "\(feed.upload.output)")
                #expect(feed.upload.output.contains("5 reports uploaded in"), "\(feed.upload.output)")

                // One that is interrupted sends what it has read and says how far it has come.
                let other = try Feed(deployment, "--quiet")
                try other.write((0..<700).map { _ in "1\n" }.joined() + "0\n1")
                try await Task.sleep(for: .milliseconds(600))
                other.upload.send(SIGINT)
                #expect(try await other.upload.end(within: .seconds(10)) == 130, "\(other.upload.output)")
                #expect(
                    other.upload.output.contains("701 lines acknowledged (701 reports uploaded), all that were read"),
                    "\(other.upload.output)")
                #expect(other.upload.output.split(separator: "\n").count == 1, "\(other.upload.output)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
                let resumed = try await deployment.scratch.shell(
                    #"echo 1 | "$0" upload --task "$1" --resume -"#, deployment.taskFile("client"))
                #expect(resumed.status == 64 && resumed.stderr.contains("nothing to resume"), "\(resumed.output)")

                let collected = try await deployment.collect(["--json"])
                #expect(try CollectedObject(collected.stdout).reports == 706, "\(collected.output)")
            }
        }

        /// With a Leader that goes away in the middle, a pipe's lines are numbered for who wants to go on.
        @Test func aPipeThatBreaksOffSaysWhere() async throws {
            try await LeaderProxy.with(scheme: ["--vdaf", "prio3-count"]) { deployment, proxy in
                let feed = try Feed(deployment)
                try feed.write("1\n1\n1\n")
                try await wait(for: "three reports", within: .seconds(10)) {
                    feed.upload.output.contains("3 reports uploaded") ? () : nil
                }
                try proxy.order(.answer(status: 204, type: nil, body: ""))
                try feed.write("1\n1\n")
                #expect(try await feed.upload.end(within: .seconds(20)) == 70, "\(feed.upload.output)")
                for words in [
                    "3 lines acknowledged (3 reports uploaded)", "lines 4 to 5", "tail -n +4 | populus upload",
                ] {
                    #expect(feed.upload.output.contains(words), "\(feed.upload.output)")
                }
            }
        }

        /// Standard input that cannot be read: code 66, and the next upload is not held up by a journal.
        @Test func standardInputThatIsNone() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"]) { deployment in
                let folder = deployment.scratch.file("task").path
                let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                let client = deployment.taskFile("client")
                for (redirection, says) in [
                    ("<&-", "closed"), ("</", "folder"), (#"0>"$1.out""#, "writing"),
                ] {
                    for _ in 1...2 {
                        let result = try await deployment.scratch.shell(
                            #""$0" upload --task "$1" - "# + redirection, client)
                        #expect(result.status == 66, "\(redirection): \(result.output)")
                        #expect(result.stderr.contains(says), "\(redirection): \(result.output)")
                        #expect(result.stderr.split(separator: "\n").count == 1, "\(redirection): \(result.output)")
                        try? FileManager.default.removeItem(atPath: client + ".out")
                    }
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
                }
                let folderAsFile = try await deployment.upload(deployment.scratch.file("task"))
                #expect(folderAsFile.status == 66 && folderAsFile.stderr.contains("folder"), "\(folderAsFile.output)")
                let empty = try deployment.scratch.write(Data(), to: "empty")
                for file in [empty.path, "/dev/null"] {
                    let result = try await deployment.scratch.populus("upload", "--task", client, file)
                    #expect(result.status == 0 && result.output.contains("is empty: nothing"), "\(result.output)")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
            }
        }
    }
}
