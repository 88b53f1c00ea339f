import Foundation
import Testing

extension EndToEnd {
    /// A server's life as its log tells it, and the signals that do not end it.
    @Suite struct RunningServers {
        private func objects(_ log: String) throws -> [[String: Any]] {
            try log.split(separator: "\n").map { line in
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                return try #require(object as? [String: Any], "\(line)")
            }
        }

        private func count(_ text: String, in output: String) -> Int { output.components(separatedBy: text).count - 1 }

        @Test func oneLineAtStartAndNoEndByHangup() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"], start: false) { deployment in
                let helper = try await deployment.start(.helper, options: ["--log-format", "json"])
                let leader = try await deployment.start(.leader, options: ["--threads", "3"])
                let store = deployment.scratch.file("leader.sqlite").path
                let line = try #require(
                    Scratch.text(leader.stderr).split(separator: "\n").first { $0.contains("starting") })
                for word in ["version=", "commit=", "store=\(store)", "tasks=", "threads=3"] {
                    #expect(line.contains(word), "\(line)")
                }
                let first = try #require(try objects(Scratch.text(helper.stderr)).first)
                #expect(first["message"] as? String == "starting" && first["level"] as? String == "notice")
                #expect((first["time"] as? String)?.wholeMatch(of: /20\d\d-.*T.*\.\d+Z/) != nil, "\(first)")
                let metadata = first["metadata"] as? [String: String] ?? [:]
                #expect(Set(metadata.keys) == ["version", "commit", "store", "tasks", "threads"], "\(metadata)")

                for process in [helper, leader] { process.send(SIGHUP) }
                try await wait(for: "a word on the signal", within: .seconds(10)) {
                    helper.output.contains("nothing to reload") && leader.output.contains("nothing to reload")
                        ? () : nil
                }
                try await deployment.uploadAll(
                    deployment.scratch.write(Data(String(repeating: "1\n", count: 12).utf8), to: "lines"))
                let result = try await deployment.collect(["--json"])
                #expect(result.status == 0, "\(result.output)")
                for process in [helper, leader] { #expect(await process.stop()) }
                #expect(helper.exitStatus == 0 && leader.exitStatus == 0)
                _ = try objects(Scratch.text(helper.stderr))
            }
        }

        /// In both formats, whatever else is logged.
        @Test func whatEndsAServerIsToldOnce() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let port = try #require(deployment.ports[.leader])
                let listener = try #require(Loopback.Listener(port: port))
                try await deployment.makeStore(of: .leader)
                for format in [[], ["--log-format", "json"]] {
                    let result = try await deployment.scratch.run(
                        Checkout.populus, deployment.serve(.leader) + ["--log-level", "trace"] + format,
                        within: .seconds(30))
                    #expect(result.status == 71)
                    #expect(count("port \(port) of 127.0.0.1 is taken", in: result.stderr) == 1, "\(result.stderr)")
                    guard !format.isEmpty else { continue }
                    let last = try #require(try objects(result.stderr).last)
                    #expect(last["level"] as? String == "critical", "\(last)")
                }
                withExtendedLifetime(listener) {}
            }
        }
    }
}
