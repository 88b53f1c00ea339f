import Foundation
import PopulusDAP
import PopulusTaskFiles
import PopulusWireCodec
import Testing

extension EndToEnd {
    /// Real processes in the states that an operator is to hear of: what they serve makes the alerts fire.
    @Suite(.enabled(if: Promtool.isThere)) struct Alerts {
        private static let lines = Data(String(repeating: "1\n", count: 20).utf8)

        private func check(_ metrics: String, in scratch: Scratch) async throws {
            let file = try scratch.write(Data(metrics.utf8), to: "metrics.txt")
            let path = try #require(Promtool.path?.path)
            let result = try await scratch.run(
                URL(filePath: "/bin/sh"), ["-c", "\"$1\" check metrics <\"$2\"", "sh", path, file.path])
            #expect(result.status == 0 && result.output.isEmpty, "\(result.output)")
            let kinds = metrics.matches(of: /\n# TYPE \S+ (\w+)/).map { String($0.1) }
            #expect(kinds.count >= 15 && kinds.count { $0 == "histogram" } >= 3, "\(metrics)")
        }

        /// A walk from its uploads to its end: promtool takes the metrics of both, and nobody is woken.
        @Test func wellAggregatorsWakeNobody() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let scratch = deployment.scratch
                for role in [Deployment.Role.helper, .leader] {
                    try await deployment.start(role, options: deployment.admin(role))
                }
                let before = try await deployment.metrics(.leader)
                let words = Data(String(repeating: "word\n", count: 20).utf8)
                try await deployment.uploadAll(scratch.write(words, to: "lines"))
                let walked = try await deployment.discover(threshold: "10", csv: scratch.file("out.csv"))
                #expect(walked.status == 0, "\(walked.output)")
                let after = try await deployment.metrics(.leader)
                try await check(after, in: scratch)
                try await check(try await deployment.metrics(.helper), in: scratch)
                let scrapes = Scrapes(before, after, instance: "leader")
                let file = try scratch.write(Data(scrapes.test(nil).utf8), to: "none.yml")
                let result = try await Promtool.run(["test", "rules", file.path], in: scratch)
                #expect(result.status == 0, "\(result.output)")
                // No prefix of a word is told, in letters or in bits.
                #expect(!after.contains("word") && !after.contains("0111011101101111"), "\(after)")
            }
        }

        /// The Helper is away, and a step waits for it seven hours by the Leader's clock; then the Leader is gone too.
        @Test func aHelperThatIsAway() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let scratch = deployment.scratch
                try await deployment.start(.helper)
                try await deployment.start(.leader, options: deployment.admin(.leader))
                let words = Data(String(repeating: "word\n", count: 20).utf8)
                try await deployment.uploadAll(scratch.write(words, to: "lines"))
                let before = try await deployment.metrics(.leader)
                try await deployment.kill(.helper)
                _ = try deployment.startDiscovery(threshold: "10", csv: scratch.file("out.csv"))
                try await wait(for: "a step that waits", within: .seconds(60)) {
                    let text = try await deployment.metrics(.leader)
                    return text.contains("kind=\"collection\",state=\"at_work\"} 1") ? () : nil
                }
                try await deployment.kill(.leader)
                try await deployment.start(
                    .leader, options: deployment.admin(.leader),
                    clock: OtherClock(ahead: 7 * 3600, in: scratch))
                let after = try await wait(for: "the Leader's word", within: .seconds(60)) {
                    let text = try await deployment.metrics(.leader)
                    return text.contains(/populus_peer_up\{[^}]*\} 0/) ? text : nil
                }
                try await Scrapes(before, after, instance: "leader")
                    .expect("PopulusHelperAway", "PopulusJobOld", in: scratch)
                let admin = "http://127.0.0.1:\(deployment.adminPorts[.leader] ?? 0)"
                let asked = try await scratch.run(Checkout.populus, ["status", "--admin", admin], within: .seconds(30))
                #expect(asked.status == 75 && asked.stdout.contains("waits for the Helper"), "\(asked.output)")
                try await deployment.kill(.leader)
                try await Scrapes(after, "", instance: "leader").expect("PopulusDown", in: scratch)
            }
        }

        /// The store's file is moved away under a Leader.
        @Test func aStoreThatIsGone() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"], start: false) { deployment in
                let scratch = deployment.scratch
                try await deployment.start(.helper)
                try await deployment.start(.leader, options: deployment.admin(.leader))
                let before = try await deployment.metrics(.leader)
                let port = deployment.adminPorts[.leader] ?? 0
                let ready = try await RawExchange(port: port, head: "GET /readyz HTTP/1.1\nHost: x").run()
                #expect(ready.status == 200 && ready.body == "ready\n")
                let store = scratch.file("leader.sqlite")
                try FileManager.default.moveItem(at: store, to: scratch.file("elsewhere.sqlite"))
                try await wait(for: "the Leader's word", within: .seconds(60)) {
                    let text = try await deployment.metrics(.leader)
                    return text.contains("populus_ready 0") ? () : nil
                }
                var scrapes: [String] = []
                for _ in 0..<2 {
                    let status = try await scratch.run(
                        Checkout.populus, ["status", "--task", deployment.taskFile("collector")], within: .seconds(30))
                    #expect(status.status == 75, "\(status.output)")
                    scrapes.append(try await deployment.metrics(.leader))
                }
                try await Scrapes(before, scrapes[0], instance: "leader")
                    .expect("PopulusNotReady", "PopulusTaskFailing", in: scratch)
                // In Prometheus' eyes a counter that appears has not risen: it takes two failures.
                try await Scrapes(scrapes[0], scrapes[1], instance: "leader")
                    .expect("PopulusServerErrors", "PopulusTrouble", "PopulusStoreFailing", in: scratch)
                let unready = try await RawExchange(port: port, head: "GET /readyz HTTP/1.1\nHost: x").run()
                #expect(unready.status == 503 && unready.body.contains("store"), "\(unready)")
            }
        }

        /// A store on a disk of 48 MiB.
        @Test(.enabled(if: SmallDisk.isPossible, "no process may mount a disk here"))
        func aDiskThatIsSmall() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"], start: false) { deployment in
                let disk = try SmallDisk(in: deployment.scratch, size: 48 << 20, free: 40 << 20)
                try await deployment.start(.leader, options: deployment.admin(.leader), on: disk)
                let metrics = try await deployment.metrics(.leader)
                try await Scrapes(metrics, metrics, instance: "leader")
                    .expect("PopulusDiskFills", in: deployment.scratch)
            }
        }

        /// Clients whose key the Leader does not have, and junk for one that it has.
        @Test func reportsThatDoNotOpen() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"], start: false) { deployment in
                let scratch = deployment.scratch
                try await deployment.start(.helper)
                try await deployment.start(.leader, options: deployment.admin(.leader))
                let file = try TaskFile(readingFrom: deployment.taskFile("leader"), as: .leader)
                guard case .leader(let own) = file.secrets else { throw HarnessError("no Leader's file") }
                let known = Set(own.hpkeKeys.map(\.config.id))
                let before = try await deployment.metrics(.leader)
                let unknown = try #require((UInt8.min...UInt8.max).first { !known.contains($0) })
                try await upload(20, sealedTo: unknown, file, deployment)
                var scrapes = Scrapes(before, try await deployment.metrics(.leader), instance: "leader")
                scrapes.beginAtZero("populus_reports_rejected_total")
                try await scrapes.expect("PopulusUnknownKey", "PopulusUploadsRejected", in: scratch)

                try await upload(20, sealedTo: try #require(known.first), file, deployment)
                let after = try await wait(for: "the Leader's word", within: .seconds(60)) {
                    let text = try await deployment.metrics(.leader)
                    return text.contains("hpke_decrypt_error\",point=\"opening\"} 20\n") ? text : nil
                }
                scrapes = Scrapes(before, after, instance: "leader")
                scrapes.beginAtZero("populus_reports_rejected_total")
                try await scrapes.expect("PopulusReportsDoNotOpen", in: scratch)
            }
        }

        /// Uploads reports that are junk, sealed to a key by what they say.
        private func upload(
            _ count: Int, sealedTo key: UInt8, _ file: TaskFile, _ deployment: Deployment
        ) async throws {
            let junk = HpkeCiphertext(configID: key, enc: [1], payload: [2])
            let time = Time(
                secondsSinceEpoch: UInt64(Date().timeIntervalSince1970), precision: file.configuration.timePrecision)
            let reports = (0..<count).map { _ in
                Report(
                    metadata: ReportMetadata(reportID: .random(), time: time), publicShare: [],
                    leaderEncryptedInputShare: junk, helperEncryptedInputShare: junk)
            }
            let body = UploadRequest(reports: reports).encoded()
            let head = """
                POST /tasks/\(file.taskID)/reports HTTP/1.1
                Host: x
                Content-Type: \(MediaType.uploadRequest)
                Content-Length: \(body.count)
                """
            let answer = try await RawExchange(
                port: deployment.ports[.leader] ?? 0, head: head, body: .bytes(body)
            ).run()
            #expect(answer.status == 200, "\(answer)")
        }
    }
}
