import Foundation
import Testing

extension EndToEnd {
    /// `task new` and `task show` for every scheme.
    @Suite struct TaskSchemes {
        private static let base = [
            "task", "new", "--leader", "http://127.0.0.1:9001/", "--helper", "http://127.0.0.1:9002/",
            "--min-batch-size", "10",
        ]

        private func make(_ options: [String], in scratch: Scratch) async throws -> CommandResult {
            let folder = ["--directory", scratch.file("task").path]
            let privacy = options.contains("--epsilon") ? [] : ["--exact"]
            return try await scratch.run(Checkout.populus, Self.base + folder + options + privacy, within: .seconds(30))
        }

        @Test(arguments: [
            (["--vdaf", "prio3-count"], "prio3-count"),
            (["--vdaf", "prio3-sum", "--max", "100"], "prio3-sum, 0 to 100"),
            (
                ["--vdaf", "prio3-sumvec", "--length", "10", "--max", "255"],
                "prio3-sumvec, length 10, 0 to 255, chunk length 12"
            ),
            (
                ["--vdaf", "prio3-sumvec", "--length", "10", "--max", "255", "--chunk-length", "4"],
                "prio3-sumvec, length 10, 0 to 255, chunk length 4"
            ),
            (["--vdaf", "prio3-histogram", "--length", "10"], "prio3-histogram, length 10, chunk length 4"),
            (
                ["--vdaf", "prio3-multihot", "--length", "10", "--max-weight", "3"],
                "prio3-multihot, length 10, at most 3 set, chunk length 4"
            ),
            (["--vdaf", "poplar1", "--bits", "64", "--without-walk"], "poplar1, 64 bits"),
            (["--vdaf", "poplar1", "--bits", "64"], "poplar1, 64 bits"),
            (["--vdaf", "poplar1", "--bits", "64", "--encoding", "hex"], "poplar1, 64 bits"),
            (["--vdaf", "poplar1", "--encoding", "url"], "poplar1, 256 bits"),
            (["--vdaf", "poplar1", "--encoding", "hash"], "poplar1, 64 bits"),
            (["--vdaf", "poplar1", "--encoding", "hash", "--bits", "33", "--without-walk"], "poplar1, 33 bits"),
        ])
        func fourFilesOfOneTask(options: [String], scheme: String) async throws {
            try await Scratch.with { scratch in
                for mode in ["leader-selected", "time-interval"] {
                    let made = try await make(options + ["--batch-mode", mode, "--force"], in: scratch)
                    #expect(made.status == 0, "\(made.output)")
                    let hasWalks = options.contains("poplar1") && !options.contains("--without-walk")
                    #expect(made.stdout.contains(hasWalks ? "populus discover" : "populus collect"))
                    var fingerprints: Set<Substring> = []
                    var checks: Set<Substring> = []
                    for role in ["leader", "helper", "collector", "client"] {
                        let shown = try await scratch.populus("task", "show", scratch.file("task/\(role).json").path)
                        let lines = shown.stdout.split(separator: "\n")
                        #expect(shown.status == 0 && lines.contains { $0.hasSuffix("  \(scheme)") }, "\(shown.output)")
                        #expect(lines.contains { $0.hasPrefix("walks ") } != hasWalks)
                        #expect(lines.contains { $0.hasPrefix("batches ") && $0.contains(mode) })
                        #expect(lines.contains { $0.hasPrefix("collector's key ") } != (role == "collector"))
                        fingerprints.formUnion(lines.filter { $0.hasPrefix("fingerprint ") })
                        checks.formUnion(lines.filter { $0.hasPrefix("verification key ") })
                    }
                    #expect(Set(fingerprints.map { $0.split(separator: " ").dropFirst() }).count == 1)
                    #expect(Set(checks.map { $0.split(separator: " ").dropFirst() }).count == 1)
                }
            }
        }

        @Test(arguments: [
            (["--vdaf", "prio3-count", "--max", "3"], "--max is for prio3-sum, prio3-sumvec, not for prio3-count"),
            (["--vdaf", "prio3-count", "--bits", "3"], "--bits is for poplar1"),
            (["--vdaf", "prio3-sum", "--max", "3", "--length", "3"], "--length is for"),
            (["--vdaf", "prio3-sum", "--max", "3", "--min-threshold", "3"], "--min-threshold is for tasks with walks"),
            (["--vdaf", "prio3-sum", "--max", "3", "--encoding", "bytes"], "--encoding is for poplar1"),
            (["--vdaf", "prio3-sum"], "prio3-sum needs --max"),
            (["--vdaf", "prio3-sum", "--max", "0"], "--max is at least 1"),
            (["--vdaf", "prio3-sum", "--max", "18446744073709551615"], "prio3-sum, 0 to 18446744073709551615"),
            (["--vdaf", "prio3-sumvec", "--length", "3"], "prio3-sumvec needs --max"),
            (["--vdaf", "prio3-sumvec", "--max", "3"], "prio3-sumvec needs --length"),
            (["--vdaf", "prio3-sumvec", "--max", "255", "--length", "100000"], "a report of"),
            (["--vdaf", "prio3-histogram"], "prio3-histogram needs --length"),
            (["--vdaf", "prio3-histogram", "--length", "0"], "--length is at least 1"),
            (["--vdaf", "prio3-histogram", "--length", "3", "--max-weight", "1"], "--max-weight is for"),
            (["--vdaf", "prio3-histogram", "--length", "3", "--without-walk"], "--without-walk is for poplar1"),
            (["--vdaf", "prio3-multihot", "--length", "3", "--max-weight", "4"], "--max-weight is 1 to --length"),
            (["--vdaf", "poplar1", "--bits", "64", "--chunk-length", "4"], "--chunk-length is for"),
            (
                ["--vdaf", "poplar1", "--bits", "64", "--without-walk", "--leaf-share", "10%"],
                "--leaf-share is for tasks with walks, not for poplar1 --without-walk"
            ),
            (["--vdaf", "poplar1"], "poplar1 needs --bits"),
            (
                ["--vdaf", "poplar1", "--bits", "66", "--encoding", "hex"],
                "--encoding hex: the encoding needs a multiple of 4 bits, and the task has 66"
            ),
            (["--vdaf", "poplar1", "--bits", "64", "--encoding", "morse"], "there are: bytes, hex, url, hash"),
            (["--vdaf", "prio3-count", "--starts", "2026-01-31"], "--starts and --ends go together"),
        ])
        func optionsOfAnotherSchemeAreRefused(options: [String], message: String) async throws {
            try await Scratch.with { scratch in
                let result = try await make(options, in: scratch)
                #expect(result.status == 64 && result.stderr.contains(message), "\(result.output)")
                #expect(!FileManager.default.fileExists(atPath: scratch.file("task").path))
            }
        }

        /// What is asked of the wrong kind of task names the right command; what is no batch says which would be.
        @Test func collectSaysWhatWouldDo() async throws {
            try await Deployment.with(
                scheme: ["--vdaf", "prio3-count"], taskOptions: ["--batch-mode", "time-interval"], start: false
            ) { deployment in
                let discover = try await deployment.discover(
                    threshold: "10", csv: deployment.scratch.file("out.csv"))
                #expect(discover.status == 65 && discover.stderr.contains("populus collect"), "\(discover.output)")
                for (options, message) in [
                    ([], "give --since and --until, on multiples of 1h"),
                    (["--since", "1769860800", "--until", "1769860800"], "--until is not after --since"),
                    (
                        ["--since", "2026-01-31T12:30Z", "--until", "2026-01-31T13:00Z"],
                        "the nearest are 2026-01-31T12:00:00Z and 2026-01-31T13:00:00Z"
                    ),
                    (["--since", "0", "--until", "1769860800", "--candidates", "x"], "--candidates is for Poplar1"),
                ] as [([String], String)] {
                    let result = try await deployment.collect(options)
                    #expect(result.status == 76 && result.stderr.contains(message), "\(result.output)")
                }
                let both = try await deployment.collect(["--json", "--csv", "-"])
                #expect(both.status == 64)
            }
            try await Deployment.with(bits: 64, start: false) { deployment in
                let result = try await deployment.collect()
                #expect(result.status == 65 && result.stderr.contains("populus discover"), "\(result.output)")
            }
        }
    }
}
