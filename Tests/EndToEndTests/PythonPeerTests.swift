import Foundation
import Testing

extension EndToEnd {
    /// A second opinion: a Client, a Collector and a Leader in Python, written from the specifications alone.
    @Suite(.enabled(if: PythonPeer.isReady, Comment(rawValue: PythonPeer.needs))) struct PythonPeerTests {
        /// 40 lines: some strings that many hold, one that begins another, and some of a single client.
        private static let words: [(String, Int)] = [
            ("foo", 12), ("foobar", 11), ("\u{e9}=x", 10), ("=1\\", 5), ("seldom", 1), ("f", 1),
        ]
        private static var lines: Data { Data(words.flatMap { Array(repeating: $0 + "\n", count: $1) }.joined().utf8) }

        private static let modes = ["leader-selected", "time-interval"]

        @Test func thePeerPassesItsOwnTests() async throws {
            try await Scratch.with { scratch in
                let python = try #require(PythonPeer.interpreter)
                let result = try await scratch.run(
                    python, ["-B", "-m", "unittest", "-v"], currentFolder: Checkout.tool("dap-peer"))
                #expect(result.status == 0 && !result.stderr.contains("skipped"), "\(result.stderr)")
            }
        }

        @Test func stringsOfPythonAreDiscovered() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let lines = try deployment.scratch.write(Self.lines, to: "lines")
                _ = try await deployment.scratch.peerOutput(
                    "upload", "--task", deployment.taskFile("client"), lines.path)
                let csv = deployment.scratch.file("out.csv")
                let result = try await deployment.discover(threshold: "10", csv: csv)
                #expect(result.status == 0, "\(result.output)")
                try await deployment.expectIdentical(csv, to: lines, threshold: "10")
            }
        }

        /// Bits that are no whole number of bytes, and steps of several bits.
        @Test(arguments: modes) func pythonDiscovers(mode: String) async throws {
            try await Deployment.with(
                bits: 61, taskOptions: ["--batch-mode", mode, "--time-precision", "5m", "--min-threshold", "5"]
            ) { deployment in
                let lines = try deployment.scratch.write(Self.lines, to: "lines")
                try await deployment.uploadAll(lines)
                let found = try await deployment.scratch.peerOutput(
                    "discover", "--task", deployment.taskFile("collector"), "--threshold", "5",
                    "--bits-per-step", "3", "--state", deployment.scratch.file("walk").path)
                let csv = try deployment.scratch.write(Data(found.utf8), to: "out.csv")
                try await deployment.expectIdentical(csv, to: lines, threshold: "5")
                #expect(found.split(separator: "\r\n").count == 5)
            }
        }

        /// What the specifications forbid, by a Client, a Collector and a Leader.
        @Test(arguments: modes, ["leader", "helper"]) func wrongsAreRefused(mode: String, against: String) async throws
        {
            try await Deployment.with(bits: 61, taskOptions: ["--batch-mode", mode, "--time-precision", "2m"]) {
                deployment in
                try await deployment.expectRefusals(against: against)
            }
        }
    }
}
