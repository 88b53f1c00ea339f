import Foundation
import Testing

extension EndToEnd {
    /// Tasks come and go without a restart, by the operators' commands.
    @Suite struct Admin {
        /// Set up by one command, walked, served again after a restart, ended.
        @Test func aTaskLivesWithoutAFileOfItsAggregators() async throws {
            try await AdminPair.with { pair in
                let task = try await pair.makeTask("one")
                let files = try FileManager.default.contentsOfDirectory(atPath: pair.scratch.file("one").path)
                #expect(files.sorted() == ["client.json", "collector.json"])
                for role in AdminPair.Role.allCases {
                    #expect(try await pair.listed(role) == [task: ["active", "store"]])
                }
                _ = try await pair.upload(to: "one")
                // Both forget nothing of it, and need no word of it.
                for role in AdminPair.Role.allCases { try await pair.stop(role) }
                try await pair.start()
                try await pair.populus(pair.discovery("one"))
                try await pair.expectIdentical("one")
                let shown = try await pair.populus(["task", "show", task] + pair.admin(.leader)).stdout
                #expect(shown.contains(task) && shown.contains("fingerprint"), "\(shown)")
                let asked = try await pair.trying(["status"] + pair.admin(.leader))
                #expect(asked.stdout.contains(task.prefix(12)), "\(asked.output)")
                let stranger = try await pair.trying(["status"] + pair.admin(.leader).prefix(2))
                #expect(stranger.status == 76 && stranger.stderr.contains("--admin-token-file"), "\(stranger.output)")

                // The Leader takes no report more; the Helper knows nothing of that.
                try await pair.populus(["task", "end", task] + pair.admin(.leader))
                #expect(try await pair.listed(.leader)[task] == ["closing", "store"])
                #expect(try await pair.listed(.helper)[task] == ["active", "store"])
                let upload = ["upload", "--task", pair.scratch.file("one/client.json").path]
                let lines = try pair.scratch.write(Data("ab\n".utf8), to: "late")
                let late = try await pair.trying(upload + [lines.path])
                #expect(late.status != 0 && late.output.contains("task_expired"), "\(late.output)")
                for role in AdminPair.Role.allCases {
                    try await pair.populus(["task", "end", "--now", task] + pair.admin(role))
                    #expect(try await pair.listed(role)[task] == ["ended", "store"])
                }
                let again = try await pair.trying(pair.discovery("one"))
                #expect(again.status != 0)
                for role in AdminPair.Role.allCases { try await pair.stop(role) }
                try await pair.start()
                #expect(try await pair.listed(.leader)[task] == ["ended", "store"])
            }
        }

        /// Tokens take each other's place while the servers run; a stranger gets nothing.
        @Test func tokensRotate() async throws {
            try await AdminPair.with { pair in
                let file = pair.tokenFile(.leader)
                let list = ["task", "list"] + pair.admin(.leader)
                let first = try await pair.populus("admin", "tokens", "list", file).stdout
                let id = try #require(
                    first.split(whereSeparator: { $0 == "," || $0.isWhitespace }).first.map(String.init))
                let added = try await pair.populus("admin", "tokens", "add", file, "--name", "other")
                let other = try pair.scratch.write(Data(added.stdout.utf8), to: "other-token")
                let otherList = Array(list.dropLast()) + [other.path]
                for command in [list, otherList] { try await pair.populus(command) }
                let status = ["status"] + pair.admin(.leader)
                try await pair.populus(status)
                // Whoever has no token, or has another one, is refused: to try again does not help.
                let stranger = try await pair.trying(Array(status.dropLast(2)))
                #expect(stranger.status == 76 && stranger.stderr.contains("--admin-token-file"), "\(stranger.output)")
                let wrong = try await pair.trying(Array(status.dropLast()) + [pair.admin(.helper)[3]])
                #expect(wrong.status == 76, "\(wrong.output)")
                try await pair.populus("admin", "tokens", "remove", file, id)
                let refused = try await pair.trying(list)
                #expect(refused.status == 76 && refused.stderr.contains("admin token"), "\(refused.output)")
                try await pair.populus(otherList)
                // Another aggregator's token is none.
                let strange = try await pair.trying(Array(list.dropLast()) + [pair.admin(.helper)[3]])
                #expect(strange.status == 76, "\(strange.output)")
                let said = pair.running[.leader]?.output ?? ""
                #expect(said.contains("admin") && !said.contains(String(added.stdout.prefix(20))))
            }
        }

        /// A file that was made for a server of before is added, and the same file is no second task.
        @Test func aFileIsAdded() async throws {
            try await AdminPair.with { pair in
                let folder = pair.scratch.file("files").path
                try await pair.populus(
                    "task", "new", "--directory", folder, "--leader", pair.url(.leader), "--helper", pair.url(.helper),
                    "--min-batch-size", "10", "--vdaf", "prio3-count")
                for role in AdminPair.Role.allCases {
                    for _ in 0..<2 {
                        try await pair.populus(["task", "add", "\(folder)/\(role.rawValue).json"] + pair.admin(role))
                    }
                    #expect(try await pair.listed(role).count == 1)
                }
                let wrong = try await pair.trying(["task", "add", "\(folder)/helper.json"] + pair.admin(.leader))
                #expect(wrong.status == 76, "\(wrong.output)")
                let none = try await pair.trying(["task", "add", "\(folder)/client.json"] + pair.admin(.leader))
                #expect(none.status == 65, "\(none.output)")
                let lines = try pair.scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "ones")
                try await pair.populus("upload", "--task", "\(folder)/client.json", lines.path)
                let collected = try await pair.populus("collect", "--task", "\(folder)/collector.json")
                #expect(collected.stdout.contains("12"), "\(collected.output)")
                // Whoever adds a task that has ended is not told that it is served.
                let task = try #require(try await pair.listed(.leader).keys.first)
                try await pair.populus(["task", "end", "--now", task] + pair.admin(.leader))
                let over = try await pair.trying(["task", "add", "\(folder)/leader.json"] + pair.admin(.leader))
                #expect(over.status == 76 && over.stderr.contains("has ended"), "\(over.output)")
            }
        }

        /// A Helper that refuses: nothing is left of the task, at the Leader or here.
        @Test func noHalfATaskIsLeft() async throws {
            try await AdminPair.with { pair in
                let wrong = try pair.scratch.write(Data("a-token-that-nobody-knows\n".utf8), to: "wrong-token")
                var options = pair.registering
                let place = try #require(options.firstIndex(of: "--helper-token-file"))
                options[place + 1] = wrong.path
                let folder = pair.scratch.file("half").path
                let made = try await pair.trying(
                    [
                        "task", "new", "--directory", folder, "--leader", pair.url(.leader), "--helper",
                        pair.url(.helper), "--min-batch-size", "10", "--vdaf", "prio3-count",
                    ] + options)
                #expect(made.status == 76, "\(made.output)")
                #expect(try await pair.trying(["task", "list"] + pair.admin(.leader)).stdout == "")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
            }
        }

        /// A store that was moved away takes no task in, however often it is asked.
        @Test func noTaskIsAddedToAStoreThatIsElsewhere() async throws {
            try await AdminPair.with { pair in
                let folder = pair.scratch.file("files").path
                try await pair.populus(
                    "task", "new", "--directory", folder, "--leader", pair.url(.leader), "--helper", pair.url(.helper),
                    "--min-batch-size", "10", "--vdaf", "prio3-count")
                let store = pair.scratch.file("leader.sqlite").path
                try FileManager.default.moveItem(atPath: store, toPath: store + ".moved")
                for _ in 0..<2 {
                    let added = try await pair.trying(["task", "add", "\(folder)/leader.json"] + pair.admin(.leader))
                    #expect(added.status == 75 && added.stdout.isEmpty, "\(added.output)")
                }
                #expect(try await pair.listed(.leader).isEmpty)
            }
        }

        /// A thousand tasks in one process, ten of them with walks; one is added and one ends meanwhile.
        @Test(.enabled(if: ProcessView.isPossible, "the system shows no process's memory"))
        func aThousandTasks() async throws {
            try await AdminPair.with { pair in
                let busy = (0..<10).map { "busy-\($0)" }
                for name in busy { _ = try await pair.makeTask(name) }
                for _ in 0..<124 { try await (0..<8).map { $0 }.concurrently { _ in try await pair.addTask() } }
                for role in AdminPair.Role.allCases { try await pair.stop(role) }
                try await pair.start()
                for role in AdminPair.Role.allCases {
                    let process = try #require(pair.running[role])
                    // Of the processor's time: what else the machine does is no matter.
                    let start = try #require(ProcessorTime.seconds(of: process.pid))
                    print(
                        "\(role.rawValue): \(start) s of processor time until it is ready with 1002 tasks, "
                            + "\((process.peakMemoryKiB ?? 0) >> 10) MiB")
                    #expect(start < 5, "\(role.rawValue) takes \(start) s to start")
                    #expect(try await pair.listed(role).count == 1002)
                }
                try await busy.concurrently { name in _ = try await pair.upload(to: name) }
                let walks = try busy.map { name in
                    try RunningProcess(
                        Checkout.populus, pair.discovery(name), name: "discover-\(name)", in: pair.scratch)
                }
                // Meanwhile one comes, and one goes.
                let late = try await pair.makeTask("late-0")
                _ = try await pair.upload(to: "late-0")
                let gone = try await pair.makeTask("gone-0")
                for role in AdminPair.Role.allCases {
                    try await pair.populus(["task", "end", "--now", gone] + pair.admin(role))
                }
                for walk in walks { #expect(try await walk.end(within: .seconds(300)) == 0, "\(walk.output)") }
                try await pair.populus(pair.discovery("late-0"))
                for name in busy + ["late-0"] { try await pair.expectIdentical(name) }
                for role in AdminPair.Role.allCases {
                    let listed = try await pair.listed(role)
                    #expect(listed.count == 1004 && listed[gone] == ["ended", "store"] && listed[late]?[0] == "active")
                    let peak = try #require(pair.running[role]?.peakMemoryKiB)
                    print("\(role.rawValue): \(peak >> 10) MiB at most")
                    #expect(peak < 600 << 10, "\(role.rawValue) took \(peak >> 10) MiB")
                }
            }
        }
    }
}

/// How long a process has worked so far.
private enum ProcessorTime {
    static func seconds(of pid: pid_t) -> Double? {
        // After the name in brackets: user and system time are the 14th and 15th field.
        let text = Scratch.text(URL(filePath: "/proc/\(pid)/stat"))
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 13, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
