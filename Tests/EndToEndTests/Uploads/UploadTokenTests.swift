import Foundation
import Testing

extension EndToEnd {
    /// Who may report: clients that carry a token of the task, several of which are valid at once.
    @Suite struct UploadTokens {
        /// A task of counts that a Leader serves beside another one, and the files of tokens.
        private struct Fleet {
            let deployment: Deployment
            /// The Leader's file of the other task.
            var other: String { deployment.scratch.file("other/leader.json").path }
            var leader: String { deployment.taskFile("leader") }

            /// Starts the Leader of both tasks, again if it runs.
            func start() async throws -> RunningProcess {
                await deployment.running[.leader]?.stop()
                return try await deployment.start(.leader, options: deployment.admin(.leader) + ["--task", other])
            }

            /// Adds a token to a Leader's file, and keeps it in a file of its own.
            func add(_ name: String, to leader: String) async throws -> URL {
                let added = try await deployment.scratch.populus(
                    "task", "tokens", "add", leader, "--name", name)
                #expect(added.status == 0 && added.stdout.count == 44, "\(added.output)")
                let kept = try String(contentsOfFile: leader, encoding: .utf8)
                #expect(!kept.contains(added.stdout.dropLast()) && !added.stderr.contains(added.stdout.dropLast()))
                return try deployment.scratch.write(Data(added.stdout.utf8), to: "token \(name)")
            }

            func list() async throws -> String {
                try await deployment.scratch.populus("task", "tokens", "list", leader).stdout
            }

            /// Uploads so many reports, in a file of that length, from where an earlier upload of it stood.
            func upload(_ count: Int, with token: URL? = nil) async throws -> CommandResult {
                let lines = try deployment.scratch.write(
                    Data(String(repeating: "1\n", count: count).utf8), to: "lines \(count)")
                let options = token.map { ["--upload-token-file", $0.path] } ?? []
                return try await deployment.scratch.run(
                    Checkout.populus,
                    ["upload", "--task", deployment.taskFile("client"), lines.path, "--resume"] + options,
                    within: .seconds(60))
            }
        }

        private func withFleet(_ body: (Fleet) async throws -> Void) async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"], start: false) { deployment in
                let made = try await deployment.scratch.run(
                    Checkout.populus, deployment.newTask(directory: deployment.scratch.file("other")))
                #expect(made.status == 0, "\(made.output)")
                try await deployment.start(.helper)
                try await body(Fleet(deployment: deployment))
            }
        }

        @Test func onlyTheFleetMayReport() async throws {
            try await withFleet { fleet in
                let first = try await fleet.add("one", to: fleet.leader)
                let foreign = try await fleet.add("other", to: fleet.other)
                _ = try await fleet.start()
                // None, and that of another task which the same Leader serves.
                let none = try await fleet.upload(11)
                #expect(none.status == 76 && none.stderr.contains("without a token (401)"), "\(none.output)")
                #expect(none.stderr.contains("give --upload-token-file FILE"), "\(none.output)")
                let wrong = try await fleet.upload(11, with: foreign)
                #expect(wrong.status == 76 && wrong.stderr.contains("token other"), "\(wrong.output)")
                #expect(wrong.stderr.contains("valid now") && wrong.stderr.contains("--resume"), "\(wrong.output)")
                let right = try await fleet.upload(11, with: first)
                #expect(right.status == 0 && right.stdout.hasPrefix("11 reports uploaded"), "\(right.output)")

                // A second one, valid beside the first.
                let second = try await fleet.add("two", to: fleet.leader)
                let running = try await fleet.start()
                for (count, token) in [(5, first), (6, second)] {
                    let result = try await fleet.upload(count, with: token)
                    #expect(result.status == 0, "\(result.output)")
                }
                #expect(!running.output.contains(try String(contentsOf: first, encoding: .utf8).dropLast()))
                // Without the first one: what it refused goes on with the second, and counts once.
                let id = try #require(try await fleet.list().split(separator: ",").first)
                let removed = try await fleet.deployment.scratch.populus(
                    "task", "tokens", "remove", fleet.leader, String(id))
                #expect(removed.status == 0 && removed.stdout.contains("start the Leader again"), "\(removed.output)")
                _ = try await fleet.start()
                let old = try await fleet.upload(7, with: first)
                #expect(old.status == 76 && old.stderr.contains("token one"), "\(old.output)")
                let new = try await fleet.upload(7, with: second)
                #expect(new.status == 0 && new.stdout.hasPrefix("7 reports uploaded"), "\(new.output)")
                let metrics = try await fleet.deployment.metrics(.leader)
                #expect(metrics.contains(/populus_uploads_refused_total\{task="[^"]+",reason="wrong_token"\} [1-9]/))
                let collected = try await fleet.deployment.collect(["--json"])
                #expect(try CollectedObject(collected.stdout).reports == 29, "\(collected.output)")
            }
        }

        /// No byte of a body is asked for, and nothing is said of the tokens.
        @Test func theDoorIsBeforeTheBody() async throws {
            try await withFleet { fleet in
                let token = try await fleet.add("one", to: fleet.leader)
                _ = try await fleet.start()
                let shown = try await fleet.deployment.scratch.populus("task", "show", fleet.leader)
                let task = try #require(
                    shown.stdout.split(separator: "\n").first { $0.hasPrefix("task ") }?.split(separator: " ").last)
                #expect(
                    shown.stdout.contains("with an upload token") && shown.stdout.contains(", one"), "\(shown.output)")
                let head = """
                    POST /tasks/\(task)/reports HTTP/1.1
                    Host: x
                    Content-Type: application/ppm-dap;message=upload-req
                    Content-Length: 1000000
                    Expect: 100-continue
                    """
                let port = fleet.deployment.ports[.leader] ?? 0
                for (field, challenge) in [("X: y", "Bearer"), ("Authorization: Bearer x", "invalid_token")] {
                    let exchange = RawExchange(
                        port: port, head: head + "\n" + field, body: .zeros(1_000_000), expectsContinue: true)
                    let response = try await exchange.run()
                    #expect(response.status == 401 && response.bodyBytesSent == 0, "\(response)")
                    #expect(response.fields["www-authenticate"]?.contains(challenge) == true, "\(response)")
                    #expect(response.body.contains("\"taskid\":\"\(task)\""), "\(response)")
                }
                let secret = try String(contentsOf: token, encoding: .utf8).dropLast()
                let admitted = RawExchange(
                    port: port, head: head.replacing("1000000", with: "3") + "\nAuthorization: Bearer \(secret)",
                    body: .bytes([1, 2, 3]), expectsContinue: true)
                let response = try await admitted.run()
                #expect(response.status == 400 && response.body.contains("invalidMessage"), "\(response)")
            }
        }

        /// The commands say what is there, and a task is not opened to everybody by the way.
        @Test func tokensAreListedAndRemoved() async throws {
            try await withFleet { fleet in
                let scratch = fleet.deployment.scratch
                let nobody = try await scratch.populus("task", "tokens", "list", fleet.leader)
                #expect(nobody.status == 0 && nobody.output == "none: anybody may upload\n", "\(nobody.output)")
                _ = try await fleet.add("app 4.2", to: fleet.leader)
                let listed = try await fleet.list()
                #expect(listed.hasSuffix(", app 4.2\n") && listed.contains(", since 20"), "\(listed)")
                let id = String(listed.prefix { $0 != "," })
                // The ID is the beginning of the token's hash.
                let sum = try await scratch.run(
                    URL(filePath: "/bin/sh"),
                    ["-c", "tr -d '\\n' <\"$0\" | sha256sum", scratch.file("token app 4.2").path])
                #expect(sum.stdout.hasPrefix(id) && id.count == 8, "\(sum.output)")
                // A new decryption key leaves them as they are.
                let rekeyed = try await scratch.populus("task", "rekey", fleet.leader)
                #expect(rekeyed.status == 0, "\(rekeyed.output)")
                #expect(try await fleet.list() == listed)
                let unknown = try await scratch.populus("task", "tokens", "remove", fleet.leader, "00000000")
                #expect(unknown.status == 65 && unknown.stderr.contains("there are: \(id)"), "\(unknown.output)")
                let last = try await scratch.populus("task", "tokens", "remove", fleet.leader, id)
                #expect(last.status == 65 && last.stderr.contains("--open"), "\(last.output)")
                #expect(try await fleet.list() == listed)
                let opened = try await scratch.populus("task", "tokens", "remove", fleet.leader, id, "--open")
                #expect(opened.status == 0 && opened.stdout.contains("anybody may upload"), "\(opened.output)")
                #expect(try await fleet.list().isEmpty)
                let helper = try await scratch.populus("task", "tokens", "add", fleet.deployment.taskFile("helper"))
                #expect(helper.status == 65 && helper.stderr.contains("leader.json"), "\(helper.output)")
            }
        }

        /// A file that has no token in it is refused before anything is sent.
        @Test func aFileWithoutATokenIsRefused() async throws {
            try await withFleet { fleet in
                let scratch = fleet.deployment.scratch
                for (name, bytes, code) in [
                    ("empty", "", 65), ("short", "abc\n", 65), ("two", "aaaaaaaaaaaaaaaa\nbbbbbbbbbbbbbbbb\n", 65),
                    ("spaces", "an upload token with spaces\n", 65), ("long", String(repeating: "a", count: 5000), 65),
                ] {
                    let result = try await fleet.upload(3, with: scratch.write(Data(bytes.utf8), to: name))
                    #expect(result.status == code && result.stderr.contains("one line"), "\(name): \(result.output)")
                }
                let task = try await fleet.upload(3, with: URL(filePath: fleet.leader))
                #expect(task.status == 65 && task.stderr.contains("one line"), "\(task.output)")
                let missing = try await fleet.upload(3, with: scratch.file("nothing"))
                #expect(missing.status == 66 && missing.stderr.contains("populus task tokens add"), "\(missing.output)")
                // A task without tokens takes it all the same.
                _ = try await fleet.start()
                let line = try scratch.write(Data("an-upload-token-of-some-length\r\n".utf8), to: "token")
                let taken = try await fleet.upload(3, with: line)
                #expect(taken.status == 0, "\(taken.output)")
            }
        }
    }
}
