import Foundation
import Testing

extension EndToEnd {
    /// The choice between noise with a promise and exact counts, and what follows from it.
    @Suite struct PrivacyOptions {
        private func make(_ line: String, in scratch: Scratch) async throws -> CommandResult {
            let base = [
                "task", "new", "--force", "--directory", scratch.file("task").path, "--leader",
                "http://127.0.0.1:9001/", "--helper", "http://127.0.0.1:9002/",
            ]
            let least = line.contains("--min-batch-size") ? [] : ["--min-batch-size", "1000"]
            return try await scratch.run(
                Checkout.populus, base + least + line.split(separator: " ").map(String.init), within: .seconds(30))
        }

        private func show(_ role: String, in scratch: Scratch) async throws -> String {
            let shown = try await scratch.populus("task", "show", scratch.file("task/\(role).json").path)
            #expect(shown.status == 0, "\(shown.output)")
            return shown.stdout
        }

        /// Who does not choose is told what the choice is, in four lines, and gets no task.
        @Test func walksNeedAChoice() async throws {
            try await Scratch.with { scratch in
                let refused = try await make("--bits 64", in: scratch)
                #expect(refused.status == 64, "\(refused.output)")
                let message = refused.stderr.components(separatedBy: "\nUsage:").first ?? ""
                let lines = message.split(separator: "\n")
                #expect(lines.count == 4, "\(message)")
                #expect(
                    lines.contains { $0.contains("  --epsilon 2 ") } && lines.contains { $0.contains("  --exact ") })
                #expect(message.contains("populus task plan"), "\(message)")
                let both = try await make("--bits 64 --exact --epsilon 2", in: scratch)
                #expect(both.status == 64 && both.stderr.contains("exclude each other"), "\(both.output)")
                let alone = try await make("--bits 64 --exact --delta 1e-8", in: scratch)
                #expect(alone.status == 64 && alone.stderr.contains("--delta goes with --epsilon"), "\(alone.output)")
                let share = try await make("--bits 64 --exact --leaf-share 10%", in: scratch)
                #expect(share.status == 64 && share.stderr.contains("--leaf-share goes with --epsilon"))
                #expect(!FileManager.default.fileExists(atPath: scratch.file("task").path))
                // What has no walks needs none.
                for line in ["--vdaf prio3-count", "--bits 64 --without-walk", "--vdaf prio3-count --exact"] {
                    let made = try await make(line, in: scratch)
                    #expect(made.status == 0, "\(line): \(made.output)")
                }
            }
        }

        /// Epsilon 2, delta 1e-8 and 65,536 candidates.
        @Test(arguments: [
            ("--bits 256", "at most 64,", "lowest threshold 392, less a margin of 162", "sigma 31.6"),
            ("--bits 254", "at most 64,", "lowest threshold 392, less a margin of 162", "sigma 31.6"),
            ("--bits 1024", "at most 256,", "lowest threshold 813, less a margin of", "sigma 63.3"),
            ("--bits 256 --max-steps 32", "at most 32,", "lowest threshold 271, less a margin of", "sigma 22.4"),
            ("--bits 256 --max-steps 8", "at most 8,", "lowest threshold 129, less a margin of", "sigma 11.2"),
        ])
        func boundsFollowFromThePromise(options: String, steps: String, threshold: String, sigma: String) async throws {
            try await Scratch.with { scratch in
                let made = try await make(options + " --epsilon 2", in: scratch)
                #expect(made.status == 0, "\(made.output)")
                let sheet = try await show("client", in: scratch)
                let text = sheet.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                for words in [
                    "steps \(steps)", threshold, sigma, "bits a step at most 8;",
                    "(2, 1e-8)-differentially private for each report",
                ] {
                    #expect(text.contains(words), "\(words): \(sheet)")
                }
            }
        }

        /// A threshold that noise drowns is refused, and the one that would do is named.
        @Test func aThresholdBelowTheLeastIsRefused() async throws {
            try await Scratch.with { scratch in
                let low = try await make("--bits 256 --epsilon 2 --min-threshold 391", in: scratch)
                #expect(low.status == 64 && low.stderr.contains("--min-threshold 392 or more"), "\(low.output)")
                let least = try await make("--bits 256 --epsilon 2 --min-threshold 392", in: scratch)
                #expect(least.status == 0 && least.stderr.isEmpty, "\(least.output)")
                #expect(least.stdout.contains("--threshold 392"), "\(least.output)")
                let small = try await make("--bits 256 --epsilon 2 --min-batch-size 100", in: scratch)
                #expect(small.stderr.contains("no string with 392 votes"), "\(small.output)")
                #expect(small.stderr.contains("a greater --epsilon"), "\(small.output)")
                // The leaf's part of the cost changes both deviations.
                let uneven = try await make("--bits 256 --epsilon 2 --leaf-share 10%", in: scratch)
                #expect(uneven.status == 0, "\(uneven.output)")
                #expect(try await show("leader", in: scratch).contains("at the leaf"))
                for share in ["0%", "100%"] {
                    let refused = try await make("--bits 256 --epsilon 2 --leaf-share \(share)", in: scratch)
                    #expect(refused.status == 64 && refused.stderr.contains("above 0% and below 100%"))
                }
            }
        }

        /// A promise that says little is said to say little; one that no noise keeps is refused with one that would do.
        @Test func whatAPromiseIsWorthIsSaid() async throws {
            try await Scratch.with { scratch in
                for (options, said) in [
                    ("--epsilon 20", "an epsilon of 20 says little"),
                    ("--epsilon 2 --delta 3e-9", "the task has 1/333333334, a little less"),
                    ("--epsilon 2 --delta 0.001", "a delta of 0.001 says little in a batch of 1000 reports"),
                ] {
                    let made = try await make("--bits 256 " + options, in: scratch)
                    #expect(made.status == 0 && made.stderr.contains(said), "\(options): \(made.output)")
                }
                for delta in ["1e-8", "0.00000001", "10e-9"] {
                    let made = try await make("--bits 256 --epsilon 2 --delta \(delta)", in: scratch)
                    #expect(made.status == 0 && made.stderr.isEmpty, "\(made.output)")
                    #expect(try await show("helper", in: scratch).contains("(2, 1e-8)-"), "\(delta)")
                }
                let tiny = try await make("--bits 256 --epsilon 0.000000001 --delta 1e-19", in: scratch)
                #expect(tiny.status == 64 && tiny.stderr.contains("a sigma above 4294967296"), "\(tiny.output)")
                let advice = tiny.stderr.components(separatedBy: "give --epsilon ").last ?? ""
                let least = advice.prefix { $0 != " " && $0 != "\n" }
                let made = try await make("--bits 256 --epsilon \(least) --delta 1e-19", in: scratch)
                #expect(made.status == 0, "\(least): \(made.output)")
            }
        }

        /// From a role's file: the noise stands at the end of the configuration, behind the bounds.
        private static let epsilon = """
            import base64, json, math, struct, sys
            text = json.load(open(sys.argv[1]))["task_configuration"]
            data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            mechanism, *inner_and_leaf, inverse_delta = struct.unpack(">B5Q", data[-41:])
            steps = int(sys.argv[2])
            a, b, c, d = inner_and_leaf
            rho = (steps - 1) * b / a + d / c
            orders = [1 + math.exp(x / 1000) for x in range(-5000, 10000)]
            print(min(a * rho + (math.log(inverse_delta) + (a - 1) * math.log1p(-1 / a) - math.log(a)) / (a - 1)
                      for a in orders) if mechanism == 2 else "no discrete Gaussian")
            """

        /// What is promised is the same for every role, and what another program makes of the noise.
        @Test(arguments: [
            ("--bits 256 --epsilon 2", 64, "2", "1e-8"), ("--bits 64 --epsilon 0.5 --delta 1e-9", 16, "0.5", "1e-9"),
            ("--bits 256 --epsilon 1 --max-steps 128 --leaf-share 25%", 128, "1", "1e-8"),
            ("--encoding hash --epsilon 3.25 --delta 1e-6 --max-steps 9", 9, "3.25", "1e-6"),
        ])
        func theEpsilonIsTheSameEverywhere(options: String, steps: Int, epsilon: String, delta: String) async throws {
            try await Scratch.with { scratch in
                let made = try await make(options, in: scratch)
                #expect(made.status == 0, "\(made.output)")
                var rows: Set<[String]> = []
                for role in ["leader", "helper", "collector", "client"] {
                    let lines = try await show(role, in: scratch).split(separator: "\n")
                    let own = lines.filter { $0.hasPrefix("privacy ") || $0.hasPrefix("noise ") }
                    rows.insert(own.map { $0.split(separator: " ").joined(separator: " ") })
                }
                let row = try #require(rows.first)
                #expect(rows.count == 1 && row.count == 2, "\(rows)")
                #expect(row[0].contains("(\(epsilon), \(delta))-differentially private"), "\(row)")
                let computed = try await scratch.run(
                    URL(filePath: "/usr/bin/env"),
                    ["python3", "-c", Self.epsilon, scratch.file("task/client.json").path, "\(steps)"])
                let number = try #require(Double(computed.stdout.trimmingCharacters(in: .whitespacesAndNewlines)))
                let promised = try #require(Double(epsilon))
                // Sigma² is rounded up to thousandths.
                #expect(number <= promised * (1 + 1e-6) && number > promised * 0.999, "\(number)")
            }
        }

        /// Tasks without walks may promise something: one release, with the sensitivity of what is measured.
        @Test(arguments: [
            ("--vdaf prio3-count", "sigma 2.8", "measurement"),
            ("--vdaf prio3-sum --max 100", "sigma 280", "measurement"),
            ("--vdaf prio3-histogram --length 10", "sigma 3.9", "measurement"),
            ("--vdaf prio3-sumvec --length 4 --max 50", "sigma 280", "measurement"),
            ("--vdaf prio3-multihot --length 8 --max-weight 2", "sigma 5.5", "measurement"),
            ("--bits 64 --without-walk", "sigma 3.9", "string"),
        ])
        func batchesMayHaveNoise(scheme: String, sigma: String, held: String) async throws {
            try await Scratch.with { scratch in
                let made = try await make(scheme + " --epsilon 2", in: scratch)
                #expect(made.status == 0 && made.stderr.isEmpty, "\(made.output)")
                #expect(!made.stdout.contains("Only noise"), "\(made.output)")
                for role in ["leader", "helper", "collector", "client"] {
                    let sheet = try await show(role, in: scratch)
                    for words in ["(2, 1e-8)-differentially private", "replacement of its \(held)", sigma] {
                        #expect(sheet.contains(words), "\(words): \(sheet)")
                    }
                }
                _ = try await make(scheme, in: scratch)
                #expect(try await show("client", in: scratch).contains("Results are exact"))
            }
        }

        /// A sum and its noise must not leave the field, and sigma has an end.
        @Test func noiseThatHasNoRoomIsRefused() async throws {
            try await Scratch.with { scratch in
                let large = try await make("--vdaf prio3-sum --max 100000000000 --epsilon 0.01", in: scratch)
                #expect(large.status == 64 && large.stderr.contains("give a smaller --max"), "\(large.output)")
                let many = try await make(
                    "--vdaf prio3-sum --max 1000000000 --epsilon 2 --min-batch-size 10000000000", in: scratch)
                #expect(many.status == 64 && many.stderr.contains("beyond the scheme's field with the noise"))
                #expect(!FileManager.default.fileExists(atPath: scratch.file("task").path))
            }
        }

        /// Exact counts are named as such, with what that means.
        @Test func exactCountsAreCalledExact() async throws {
            try await Scratch.with { scratch in
                let made = try await make("--bits 64 --exact", in: scratch)
                #expect(made.status == 0 && made.stderr.isEmpty, "\(made.output)")
                for role in ["leader", "helper", "collector", "client"] {
                    let sheet = try await show(role, in: scratch)
                    #expect(sheet.contains("Counts are exact: nothing bounds what they tell"), "\(sheet)")
                }
            }
        }
    }
}
