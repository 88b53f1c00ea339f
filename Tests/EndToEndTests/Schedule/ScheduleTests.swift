import Foundation
import Testing

extension EndToEnd {
    /// Batches that are walked by themselves, each once.
    @Suite struct Schedules {
        static let day = 86_400
        static var midnight: Int { Int(Date().timeIntervalSince1970) / day * day }

        /// Uploads the lines of a day so many days ago, at noon, as a client of that day.
        static func upload(
            _ deployment: Deployment, daysAgo days: Int, _ lines: [(String, Int)], _ options: [String] = []
        ) async throws {
            let text = lines.flatMap { Array(repeating: $0.0, count: $0.1) }.joined(separator: "\n") + "\n"
            let file = try deployment.scratch.write(Data(text.utf8), to: "lines-\(days)")
            let noon = midnight - days * day + day / 2
            let clock = try await OtherClock(ahead: noon - Int(Date().timeIntervalSince1970), in: deployment.scratch)
            let sent = try await deployment.scratch.run(
                Checkout.populus, ["upload", "--task", deployment.taskFile("client")] + options + [file.path],
                environment: clock.environment)
            guard sent.status == 0 else { throw HarnessError("upload ended with \(sent.status): \(sent.output)") }
        }

        static func arguments(_ deployment: Deployment, _ options: [String]) -> [String] {
            [
                "discover", "--task", deployment.taskFile("collector"), "--threshold", "10", "--json", "--results",
                deployment.scratch.file("results.sqlite").path, "--every", "1d",
            ] + options
        }

        static func run(_ deployment: Deployment, _ options: [String]) async throws -> CommandResult {
            try await deployment.scratch.run(Checkout.populus, arguments(deployment, options))
        }

        /// The counts of each kept walk, by the start of its interval; read without the program that wrote them.
        static func kept(_ deployment: Deployment) async throws -> [Int: [String: Int]] {
            let program = """
                import json, sqlite3, sys
                db = sqlite3.connect(sys.argv[1])
                walks = [[start, ending, [[value.decode(), count] for value, count in
                          db.execute("SELECT value, count FROM string WHERE walk = ?", (walk,))]]
                         for walk, start, ending in db.execute("SELECT id, asked_start, ending FROM walk")]
                print(json.dumps([{"start": w[0], "ending": w[1], "counts": dict(w[2])} for w in walks]))
                """
            struct Walk: Decodable {
                let start: Int
                let ending: String
                let counts: [String: Int]
            }
            let path = deployment.scratch.file("results.sqlite").path
            let read = try await deployment.scratch.run(
                URL(filePath: "/usr/bin/env"), ["python3", "-c", program, path])
            let walks = try JSONDecoder().decode([Walk].self, from: Data(read.stdout.utf8))
            #expect(walks.allSatisfy { $0.ending == "complete" }, "\(walks)")
            #expect(Set(walks.map(\.start)).count == walks.count, "a batch was walked twice: \(walks)")
            return Dictionary(walks.map { ($0.start, $0.counts) }) { $1 }
        }

        static let taskOptions = ["--batch-mode", "time-interval", "--time-precision", "1h"]

        /// The Collector is killed with -9 over and over in a week: every batch is walked once, and the results are whole.
        @Test func everyBatchOfAWeekIsWalkedOnceThoughTheCollectorIsKilled() async throws {
            try await Deployment.with(bits: 64, taskOptions: Self.taskOptions) { deployment in
                for days in 1...7 {
                    try await Self.upload(
                        deployment, daysAgo: days, [("all", 20), ("day \(days)", 10 + days), ("rare", 9)])
                }
                let first = Self.midnight - 7 * Self.day
                let options = ["--once", "--since", "\(first)"]
                var kills = 0
                for round in 0..<40 {
                    let process = try RunningProcess(
                        Checkout.populus, Self.arguments(deployment, options), name: "schedule", in: deployment.scratch)
                    try await Task.sleep(for: .milliseconds(60 + 37 * (round % 13)))
                    guard process.exitStatus == nil else { break }
                    process.send(SIGKILL)
                    _ = try await process.end(within: .seconds(10))
                    kills += 1
                }
                #expect(kills > 0)
                let ended = try await Self.run(deployment, options)
                #expect(ended.status == 0, "\(ended.output)")
                let kept = try await Self.kept(deployment)
                let expected = (1...7).map { days in
                    (Self.midnight - days * Self.day, ["all": 20, "day \(days)": 10 + days])
                }
                #expect(kept == Dictionary(uniqueKeysWithValues: expected))
                let again = try await Self.run(deployment, options)
                #expect(again.status == 0 && again.stderr.contains("no interval is due"), "\(again.output)")
                #expect(again.stdout.isEmpty)
            }
        }

        /// A week by the Collector's clock: a timer each morning, one morning without the machine, and one without reports.
        @Test func aWeekByATimer() async throws {
            try await Deployment.with(bits: 64, taskOptions: Self.taskOptions) { deployment in
                for days in [1, 2, 3, 5, 6, 7] {
                    try await Self.upload(deployment, daysAgo: days, [("all", 10 + days)])
                }
                func morning(daysAgo days: Int) async throws -> CommandResult {
                    let clock = try await OtherClock(
                        ahead: Self.midnight - days * Self.day + 600 - Int(Date().timeIntervalSince1970),
                        in: deployment.scratch)
                    return try await deployment.scratch.run(
                        Checkout.populus, Self.arguments(deployment, ["--once"]), environment: clock.environment)
                }
                for (days, walks) in [(6, 1), (5, 2)] {
                    let done = try await morning(daysAgo: days)
                    #expect(done.status == 0 && done.stderr.contains("1 interval done"), "\(done.output)")
                    #expect(try await Self.kept(deployment).count == walks)
                }
                let none = try await morning(daysAgo: 5)
                #expect(none.status == 0 && none.stderr.contains("no interval is due"), "\(none.output)")
                // The morning after the one that was missed: a day is made up for, and the other has too few reports.
                let few = try await morning(daysAgo: 3)
                #expect(few.status == 75 && few.stderr.contains("too few"), "\(few.output)")
                let late = try await morning(daysAgo: 2)
                #expect(late.status == 75, "\(late.output)")
                try await Self.upload(deployment, daysAgo: 4, [("late", 11)])
                let last = try await morning(daysAgo: 0)
                #expect(last.status == 0, "\(last.output)")
                #expect(try await Self.kept(deployment).count == 7)
            }
        }

        /// What a schedule cannot be.
        @Test func mistakesAreRefused() async throws {
            try await Deployment.with(bits: 64, taskOptions: Self.taskOptions, start: false) { deployment in
                for (options, words) in [
                    (["--since", "\(Self.midnight - 3_600)"], "is the start of no interval"),
                    (["--csv", "-"], "exclude each other"), (["--again"], "exclude each other"),
                    (["--notify", "http://hooks.example/"], "give a URL with https"),
                    (["--notify", "https://hooks.example/"], "go together"),
                    (["--notify-command", "/bin/true"], "--notify-when"),
                    (["--notify-when", "new>5"], "give new-over=100"),
                    (
                        ["--notify-command", "/bin/true", "--notify-when", "rose-by=2", "--keep", "1"],
                        "give --keep 2 or more"
                    ),
                    (
                        ["--notify-command", "/bin/true", "--notify-when", "uploads-below=50%", "--keep", "3d"],
                        "give --keep 4d or more"
                    ),
                ] {
                    let refused = try await Self.run(deployment, ["--once"] + options)
                    #expect([64, 76].contains(refused.status) && refused.stderr.contains(words), "\(refused.output)")
                }
                let key = try deployment.scratch.write(Data(repeating: 0x41, count: 43) + Data("=\n".utf8), to: "key")
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key.path)
                let open = try await Self.run(
                    deployment,
                    [
                        "--once", "--notify", "https://hooks.example/", "--notify-key", key.path, "--notify-when",
                        "failed",
                    ])
                #expect(open.status == 65 && open.stderr.contains("chmod 600"), "\(open.output)")
            }
            try await Deployment.with(bits: 64, start: false) { deployment in
                let selected = try await Self.run(deployment, ["--once"])
                #expect(selected.status == 76 && selected.stderr.contains("time-interval"), "\(selected.output)")
            }
        }

        /// One notice when the Leader is away, however often it is asked, and one when it is back.
        @Test func theLeaderIsAwayAndBack() async throws {
            try await Deployment.with(bits: 64, taskOptions: Self.taskOptions) { deployment in
                try await Self.upload(deployment, daysAgo: 1, [("all", 20)])
                let scratch = deployment.scratch
                let script = try scratch.write(
                    Data("#!/bin/sh\ncat >> \(scratch.file("told").path)\necho >> \(scratch.file("told").path)\n".utf8),
                    to: "tell")
                try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script.path)
                let options = ["--once", "--notify-command", script.path, "--notify-when", "failed"]
                try await deployment.kill(.leader)
                for _ in 0..<2 {
                    let away = try await Self.run(deployment, options)
                    #expect(away.status == 69, "\(away.output)")
                }
                try await deployment.start(.leader)
                for _ in 0..<2 {
                    let back = try await Self.run(deployment, options)
                    #expect(back.status == 0, "\(back.output)")
                }
                let told = try scratch.text("told").split(separator: "\n").map {
                    try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
                }
                #expect(
                    told.map { $0?["kind"] as? String } == ["leader_away", "leader_back"], "\(scratch.text("told"))")
            }
        }

        // MARK: Receivers

        static func key(_ scratch: Scratch) throws -> (path: String, bytes: Data) {
            let bytes = Data((0..<32).map { UInt8($0) })
            let file = try scratch.write(Data((bytes.base64EncodedString() + "\n").utf8), to: "notice-key")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
            return (file.path, bytes)
        }

        /// A schedule that goes on is held up by no receiver, ends at once, and what it could not deliver comes later.
        @Test func aHostileReceiverHoldsNothingUp() async throws {
            try await Deployment.with(bits: 512, taskOptions: Self.taskOptions) { deployment in
                let scratch = deployment.scratch
                let key = try Self.key(scratch)
                let manners = NoticeReceiver.Manner.allCases.filter { $0 != .good }
                try await NoticeReceiver.with(in: scratch) { receiver in
                    func options(_ manner: NoticeReceiver.Manner) -> [String] {
                        [
                            "--since", "\(Self.midnight - manners.count * Self.day)", "--notify", receiver.url(manner),
                            "--notify-key", key.path, "--notify-when", "new-over=10", "--notify-when",
                            "uploads-below=100",
                        ]
                    }
                    for (number, manner) in manners.enumerated() {
                        try await Self.upload(
                            deployment, daysAgo: manners.count - number,
                            [("old", 20), ("https://secret.example/\(number)", 15)])
                        let process = try RunningProcess(
                            Checkout.populus, Self.arguments(deployment, options(manner)), name: manner.rawValue,
                            in: scratch)
                        try await wait(for: "the next interval", within: .seconds(60)) {
                            if let status = process.exitStatus {
                                throw HarnessError("\(manner) ended it with \(status): \(process.output)")
                            }
                            return Scratch.text(process.stderr).contains("the next interval is") ? () : nil
                        }
                        // Whatever comes without end is not kept.
                        #expect((process.peakMemoryKiB ?? 0) < 400 << 10, "\(manner)")
                        process.send(SIGTERM)
                        #expect(try await process.end(within: .seconds(10)) == 143)
                        #expect(!process.output.contains("not-to-be-shown"), "\(process.output)")
                        #expect(try await Self.kept(deployment).count == number + 1)
                    }
                    let last = try await Self.run(deployment, options(.good) + ["--once"])
                    #expect(last.status == 0, "\(last.output)")
                    let came = try receiver.requests()
                    #expect(
                        Set(came.map { $0.path.split(separator: "?")[0] })
                            == Set(
                                NoticeReceiver.Manner.allCases.map { "/\($0.rawValue)" }))
                    var taken: Set<String> = []
                    for request in came {
                        let notice = try request.notice(signedWith: key.bytes)
                        #expect(!request.body.contains("secret.example"))
                        // Whose answer is a success has taken it, however long that is.
                        guard ["/good", "/huge"].contains(request.path.split(separator: "?")[0]) else { continue }
                        taken.insert(try #require(notice["id"] as? String))
                    }
                    // Nothing was given up because of how a receiver behaved: each day's walk, and before it, but for the
                    // first day's, that it had too few reports.
                    #expect(taken.count == 2 * manners.count - 1)
                }
            }
        }

        /// What waits is delivered by the next run, once, signed, and without values unless they are wanted.
        @Test(arguments: [false, true])
        func noticesAreDelivered(values: Bool) async throws {
            try await Deployment.with(bits: 64 * 8, taskOptions: Self.taskOptions) { deployment in
                let scratch = deployment.scratch
                try await Self.upload(deployment, daysAgo: 2, [("old", 20), ("rising", 10)])
                try await Self.upload(
                    deployment, daysAgo: 1, [("old", 20), ("rising", 30), ("https://secret.example/", 15)])
                let key = try Self.key(scratch)
                try await NoticeReceiver.with(in: scratch) { receiver in
                    let options = [
                        "--once", "--since", "\(Self.midnight - 2 * Self.day)", "--notify", receiver.url(.good),
                        "--notify-key", key.path, "--notify-when", "new-over=14", "--notify-when", "rose-by=3",
                        "--notify-when", "rose-by=4",
                    ]
                    let done = try await Self.run(deployment, options + (values ? ["--notify-values"] : []))
                    #expect(done.status == 0, "\(done.output)")
                    let came = try receiver.requests()
                    #expect(came.count == 1 && came.first?.method == "POST", "\(came)")
                    guard let request = came.first else { return }
                    let notice = try request.notice(signedWith: key.bytes)
                    let rules = (notice["findings"] as? [[String: Any]] ?? []).map { $0["rule"] as? String }
                    #expect(rules == ["new-over=14", "rose-by=3"])
                    #expect(request.body.contains("secret.example") == values)
                    let left = try FileManager.default.contentsOfDirectory(
                        atPath: scratch.file("task/collector.notices").path)
                    #expect(left.isEmpty, "\(left)")
                }
            }
        }
    }
}
