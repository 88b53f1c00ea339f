import Foundation
import Testing

extension EndToEnd {
    /// DAP as it stands, with the peer in Python as the Client, as the Collector, or as the Leader.
    @Suite(.enabled(if: PythonPeer.isReady, Comment(rawValue: PythonPeer.needs))) struct PythonPeerBatchTests {
        /// A scheme, one line a measurement, a line that makes no report, and what `times` uploads add up to.
        struct Scheme: Sendable, CustomTestStringConvertible {
            let options: [String]
            let lines: [String]
            let wrong: String
            let result: [UInt64]
            /// Poplar1's candidates.
            var candidates: [String] = []

            var testDescription: String { options.joined(separator: " ") }

            static let all = [
                Scheme(
                    options: ["--vdaf", "prio3-count"], lines: ["1", "0", "1", "1", "0", "1"], wrong: "2", result: [4]),
                Scheme(
                    options: ["--vdaf", "prio3-sum", "--max", "100"], lines: ["100", "0", "7", "1", "1", "1"],
                    wrong: "101", result: [110]),
                Scheme(
                    options: ["--vdaf", "prio3-sumvec", "--length", "4", "--max", "255", "--chunk-length", "3"],
                    lines: ["1,2,3,255", "0,0,0,0", "255,255,255,255", "0,0,0,1", "0,0,0,1", "0,0,0,1"],
                    wrong: "1,2,3,256", result: [256, 257, 258, 513]),
                Scheme(
                    options: ["--vdaf", "prio3-histogram", "--length", "5", "--chunk-length", "2"],
                    lines: ["0", "4", "4", "2", "4", "0"], wrong: "5", result: [2, 0, 1, 0, 3]),
                Scheme(
                    options: [
                        "--vdaf", "prio3-multihot", "--length", "5", "--max-weight", "2", "--chunk-length", "2",
                    ],
                    lines: ["1,0,0,0,1", "0,0,0,0,0", "0,1,0,0,1", "0,0,0,0,1", "0,0,0,0,1", "0,0,0,0,1"],
                    wrong: "1,1,1,0,0", result: [1, 1, 0, 0, 5]),
                Scheme(
                    options: ["--vdaf", "poplar1", "--bits", "61", "--without-walk"],
                    lines: ["foo", "bar", "foo", "foobar", "x", "foo"], wrong: "seven bytes and more",
                    result: [3, 0, 1], candidates: ["foo", "nobody", "bar"]),
            ]
        }

        /// The two sides: who uploads and who collects.
        enum Side: Sendable { case swift, python }

        /// Each uploads to a batch of its own, which the other collects.
        @Test(arguments: Scheme.all) func oneUploadsAndTheOtherCollects(scheme: Scheme) async throws {
            try await with(scheme, ["--batch-mode", "leader-selected"]) { deployment in
                for (client, collector) in [(Side.python, Side.swift), (.swift, .python)] {
                    try await upload(deployment, scheme, by: client)
                    try await expect(collector, deployment, scheme, collects: 1)
                }
            }
        }

        /// Both upload to one batch, and both collect it.
        @Test(arguments: Scheme.all) func bothUploadAndBothCollect(scheme: Scheme) async throws {
            try await with(scheme, RecentTime.taskOptions) { deployment in
                for side in [Side.python, .swift] { try await upload(deployment, scheme, by: side) }
                let time = RecentTime()
                for side in [Side.python, .swift] {
                    try await expect(side, deployment, scheme, collects: 2, of: time)
                }
            }
        }

        @Test(arguments: Scheme.all, ["leader", "helper"])
        func wrongsAreRefused(scheme: Scheme, against role: String) async throws {
            for mode in ["leader-selected", "time-interval"] {
                try await with(scheme, ["--batch-mode", mode, "--time-precision", "2m"]) {
                    try await $0.expectRefusals(against: role)
                }
            }
        }

        private func with(
            _ scheme: Scheme, _ options: [String], _ body: (Deployment) async throws -> Void
        ) async throws {
            // The harness asks for batches of ten; the last one of an option counts.
            try await Deployment.with(
                scheme: scheme.options, taskOptions: options + ["--min-batch-size", "6"], body)
        }

        private func upload(_ deployment: Deployment, _ scheme: Scheme, by side: Side) async throws {
            let text = (scheme.lines + [scheme.wrong]).joined(separator: "\n")
            let file = try deployment.scratch.write(Data(text.utf8), to: "lines-\(side)")
            let result =
                switch side {
                case .swift: try await deployment.upload(file)
                case .python:
                    try await deployment.scratch.peer(["upload", "--task", deployment.taskFile("client"), file.path])
                }
            #expect(result.status == 1 && result.stderr.contains("line 7: "), "\(side): \(result.output)")
            #expect(result.output.contains("6 reports uploaded"), "\(side): \(result.output)")
        }

        private func expect(
            _ side: Side, _ deployment: Deployment, _ scheme: Scheme, collects times: UInt64,
            of time: RecentTime? = nil
        ) async throws {
            var options: [String] = []
            if !scheme.candidates.isEmpty {
                let text = scheme.candidates.joined(separator: "\n")
                options = ["--candidates", try deployment.scratch.write(Data(text.utf8), to: "candidates").path]
            }
            if let time { options += side == .swift ? time.options : time.bounds }
            let collected =
                switch side {
                case .swift: try await deployment.collect(["--json"] + options)
                case .python:
                    try await deployment.scratch.peer(
                        ["collect", "--task", deployment.taskFile("collector")] + options)
                }
            let object = try? JSONSerialization.jsonObject(with: Data(collected.stdout.utf8)) as? [String: Any]
            let result = (object?["result"] as? [UInt64]) ?? (object?["result"] as? UInt64).map { [$0] }
            #expect(result == scheme.result.map { times * $0 }, "\(side): \(collected.output)")
            #expect(object?["report_count"] as? UInt64 == times * 6, "\(side): \(collected.output)")
        }
    }
}
