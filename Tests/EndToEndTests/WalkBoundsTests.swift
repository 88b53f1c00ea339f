import Foundation
import Testing

extension EndToEnd {
    /// What the commands say of the bounds of a task's walks.
    @Suite struct WalkBounds {
        private func newTask(_ scratch: Scratch, _ folder: String, _ options: [String]) async throws -> CommandResult {
            try await scratch.run(
                Checkout.populus,
                [
                    "task", "new", "--directory", scratch.file(folder).path, "--encoding", "hex",
                    "--leader", "http://127.0.0.1:9001/", "--helper", "http://127.0.0.1:9002/",
                ] + options + (options.contains("--epsilon") ? [] : ["--exact"]), within: .seconds(30))
        }

        @Test func aTaskThatOneWalkCouldReadNeedsTheOwnersWord() async throws {
            try await Scratch.with { scratch in
                let short = ["--bits", "8", "--min-threshold", "10"]
                let refused = try await newTask(scratch, "task", short + ["--min-batch-size", "160"])
                #expect(refused.status == 64, "\(refused.output)")
                for said in ["16 prefixes", "Larger batches allow more", "--allow-readable-domain"] {
                    #expect(refused.stderr.replacing("\n", with: " ").contains(said), "\(refused.stderr)")
                }
                #expect(!FileManager.default.fileExists(atPath: scratch.file("task/leader.json").path))
                for (number, options) in [
                    short + ["--min-batch-size", "159"],
                    short + ["--min-batch-size", "160", "--allow-readable-domain"],
                    short + ["--min-batch-size", "160", "--max-bits-per-step", "3"],
                    ["--bits", "8", "--min-batch-size", "160", "--epsilon", "2"],
                ].enumerated() {
                    let made = try await newTask(scratch, "task\(number)", options)
                    #expect(made.status == 0, "\(options): \(made.output)")
                    // Seven of eight bits at the first step are worth a warning.
                    #expect(made.stderr.contains("7 of the 8 bits"), "\(made.stderr)")
                }
                let plain = try await newTask(
                    scratch, "plain",
                    ["--bits", "8", "--min-batch-size", "10", "--without-walk", "--allow-readable-domain"])
                #expect(plain.status == 64 && plain.stderr.contains("--allow-readable-domain is for tasks with walks"))
            }
        }

        @Test func boundsThatCannotBe() async throws {
            try await Scratch.with { scratch in
                for (wrong, said) in [
                    (["--max-bits-per-step", "0"], "1 to 16"), (["--max-bits-per-step", "17"], "1 to 16"),
                    (["--max-steps", "1"], "at least 2"), (["--max-candidates", "1"], "at least 2"),
                ] {
                    let result = try await newTask(scratch, "task", ["--bits", "64", "--min-batch-size", "10"] + wrong)
                    #expect(result.status == 64 && result.stderr.contains(said), "\(wrong): \(result.output)")
                }
                let far = try await newTask(
                    scratch, "task", ["--bits", "64", "--min-batch-size", "10", "--max-steps", "3"])
                #expect(far.status == 64 && far.stderr.contains("reach bit 16 of 64"), "\(far.output)")
            }
        }

        @Test func theBoundsAreShownAndKeptByDiscover() async throws {
            try await Deployment.with(bits: 64, taskOptions: ["--max-bits-per-step", "3"], start: false) { deployment in
                let collector = deployment.taskFile("collector")
                let sheet = try await deployment.scratch.run(Checkout.populus, ["task", "show", collector])
                #expect(sheet.stdout.contains("at most 3; a longer step has one candidate"), "\(sheet.output)")
                #expect(sheet.stdout.contains("at most level 7, 256 candidates"), "\(sheet.output)")
                let wide = try await deployment.scratch.run(
                    Checkout.populus,
                    [
                        "discover", "--task", collector, "--threshold", "10", "--csv", "-", "--bits-per-step", "4",
                    ], within: .seconds(30))
                #expect(wide.status == 76 && wide.stderr.contains("at most 3 bits"), "\(wide.output)")
            }
        }

        /// A task file as it was before the walk extension had a version.
        private func makeOld(_ path: String) throws {
            let file = URL(filePath: path)
            var json = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
            let text = try #require(json["task_configuration"] as? String)
            let padded = text.replacing("-", with: "+").replacing("_", with: "/")
            let whole = try #require(
                Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.count % 4) % 4)))
            // Extensions' length, type, length, and 47 bytes: version, messages (one), min_threshold, threshold_margin, ...
            let data = [UInt8](whole.suffix(47))
            let old = Array(data[5..<13] + data[21..<31] + data[32...])
            let type = [UInt8](whole.suffix(51).prefix(2))
            let tail: [UInt8] = [0, UInt8(old.count + 4)] + type + [0, UInt8(old.count)] + old
            json["task_configuration"] = (Data(whole.dropLast(53)) + Data(tail)).base64EncodedString()
                .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            try JSONSerialization.data(withJSONObject: json).write(to: file)
        }

        @Test func anOldTaskIsRefusedEverywhere() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let scratch = deployment.scratch
                for role in ["leader", "helper", "collector", "client"] { try makeOld(deployment.taskFile(role)) }
                let lines = try scratch.write(Data("a\n".utf8), to: "lines")
                let commands = [
                    [
                        "leader", "--listen", "127.0.0.1:0", "--store", scratch.file("l").path, "--task",
                        deployment.taskFile("leader"),
                    ],
                    [
                        "helper", "--listen", "127.0.0.1:0", "--store", scratch.file("h").path, "--task",
                        deployment.taskFile("helper"),
                    ],
                    ["upload", "--task", deployment.taskFile("client"), lines.path],
                    ["discover", "--task", deployment.taskFile("collector"), "--threshold", "10", "--csv", "-"],
                    ["task", "show", deployment.taskFile("collector")],
                ]
                for command in commands {
                    let result = try await scratch.run(Checkout.populus, command, within: .seconds(30))
                    #expect(result.status == 65, "\(command): \(result.output)")
                    #expect(
                        result.stderr.contains("made by an earlier version") && result.stderr.contains("task new"),
                        "\(command): \(result.output)")
                }
            }
        }
    }
}
