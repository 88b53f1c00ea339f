import Crypto
import Foundation
import Testing

extension EndToEnd.Schedules {
    private static let scheme = ["--vdaf", "poplar1", "--bits", "256", "--encoding", "bytes", "--groups"]
    /// A group and a string that ask a terminal, a spreadsheet and a shell for something.
    private static let hostileGroup = "=cmd|'$(id)'"
    private static let hostileString = "\u{1b}[2J,\"new"

    /// In a task with groups each group's strings are compared by themselves, and a notice says which group.
    @Test func noticesOfGroups() async throws {
        try await Deployment.with(bits: 256, scheme: Self.scheme, taskOptions: Self.taskOptions) { deployment in
            let days: [(Int, String, [(String, Int)])] = [
                (2, "115", [("old", 20), ("steady", 20)]), (2, Self.hostileGroup, [("steady", 20)]),
                (1, "115", [("old", 40), ("steady", 20)]),
                (1, Self.hostileGroup, [("steady", 20), ("old", 18), (Self.hostileString, 16), ("rare", 9)]),
            ]
            for (day, group, lines) in days {
                try await Self.upload(deployment, daysAgo: day, lines, ["--binary", "--group", group])
            }
            let scratch = deployment.scratch
            let key = try Self.key(scratch)
            try await NoticeReceiver.with(in: scratch) { receiver in
                let done = try await Self.run(
                    deployment,
                    [
                        "--once", "--since", "\(Self.midnight - 2 * Self.day)", "--notify", receiver.url(.good),
                        "--notify-key", key.path, "--notify-when", "new-over=10", "--notify-when", "rose-by=2",
                        "--notify-values",
                    ])
                #expect(done.status == 0, "\(done.output)")
                let came = try receiver.requests()
                #expect(came.count == 1, "\(came)")
                guard let request = came.first else { return }
                let findings = try request.notice(signedWith: key.bytes)["findings"] as? [[String: Any]] ?? []
                #expect(findings.map { $0["rule"] as? String } == ["new-over=10", "rose-by=2"])
                try expectValues(findings)
                #expect(!request.body.contains("rare") && !request.body.contains("steady"), "\(request.body)")
                #expect(!request.body.contains("\u{1b}"))
                // Each walk is an object of its own, and the file of results has the groups.
                let objects = try done.stdout.split(separator: "\n").map {
                    try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
                }
                #expect(objects.count == 2 && objects.allSatisfy { $0 != nil }, "\(done.stdout)")
                let compared = try await scratch.populus(
                    "results", "compare", scratch.file("results.sqlite").path, "--jsonl")
                #expect(
                    compared.stdout.contains(#""change":"risen","group":"115","value":"old""#), "\(compared.output)")
            }
        }
    }

    /// Group and string stand apart, and what is not written as it is comes in base64 too.
    private func expectValues(_ findings: [[String: Any]]) throws {
        let new = try #require(findings.first?["values"] as? [[String: Any]])
        #expect(new.map { $0["group"] as? String } == [Self.hostileGroup, Self.hostileGroup])
        #expect(new.first?["value"] as? String == "old" && new.first?["count"] as? Int == 18, "\(new)")
        let bytes = (new.last?["bytes"] as? String).flatMap { Data(base64Encoded: $0) }
        #expect(bytes.map { String(decoding: $0, as: UTF8.self) } == Self.hostileString, "\(new)")
        let risen = try #require(findings.last?["values"] as? [[String: Any]])
        #expect(risen.count == 1 && risen.first?["group"] as? String == "115", "\(risen)")
        #expect(risen.first?["earlier"] as? Int == 20 && risen.first?["count"] as? Int == 40, "\(risen)")
    }

    /// A receiver whose certificate nobody trusts, and one that speaks no TLS, get nothing; the schedule goes on.
    @Test func nothingGoesWhereTLSFails() async throws {
        try await Deployment.with(bits: 64, taskOptions: Self.taskOptions) { deployment in
            let scratch = deployment.scratch
            let key = try Self.key(scratch)
            try await Self.upload(deployment, daysAgo: 1, [("all", 20)])
            try await NoticeReceiver.with(in: scratch) { plain in
                try await SecureServer.with(in: scratch) { secure in
                    for (url, words) in [
                        (secure.url, "certificate is not trusted"),
                        ("https://localhost:\(plain.port)/", "is not delivered yet"),
                    ] {
                        let process = try RunningProcess(
                            Checkout.populus,
                            Self.arguments(
                                deployment,
                                [
                                    "--notify", url, "--notify-key", key.path, "--notify-when", "uploads-below=100",
                                ]), name: "schedule", in: scratch)
                        try await wait(for: "the next interval", within: .seconds(60)) {
                            Scratch.text(process.stderr).contains("the next interval is") ? () : nil
                        }
                        try await Task.sleep(for: .milliseconds(500))
                        process.send(SIGTERM)
                        #expect(try await process.end(within: .seconds(10)) == 143)
                        #expect(process.output.contains(words), "\(process.output)")
                    }
                    #expect(secure.requests.isEmpty && secure.failedHandshakes > 0)
                    #expect(try plain.requests().isEmpty)
                    #expect(try await Self.kept(deployment).count == 1)
                    // It waits for the right receiver.
                    let done = try await Self.run(
                        deployment,
                        [
                            "--once", "--notify", plain.url(.good), "--notify-key", key.path, "--notify-when",
                            "uploads-below=100",
                        ])
                    #expect(done.status == 0, "\(done.output)")
                    #expect(try plain.requests().count == 1)
                }
            }
        }
    }

    /// While a key is changed both sign, and a link to the key's file is as good as the file.
    @Test func aKeyIsChanged() async throws {
        try await Deployment.with(bits: 64, taskOptions: Self.taskOptions) { deployment in
            let scratch = deployment.scratch
            let old = try Self.key(scratch)
            let new = Data(repeating: 7, count: 32)
            try (Data(contentsOf: URL(filePath: old.path)) + Data("whsec_\(new.base64EncodedString())\n".utf8)).write(
                to: URL(filePath: old.path))
            let link = scratch.file("key-link")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: URL(filePath: old.path))
            try await Self.upload(deployment, daysAgo: 1, [("all", 20)])
            try await NoticeReceiver.with(in: scratch) { receiver in
                let done = try await Self.run(
                    deployment,
                    [
                        "--once", "--notify", receiver.url(.good), "--notify-key", link.path, "--notify-when",
                        "uploads-below=100",
                    ])
                #expect(done.status == 0, "\(done.output)")
                let request = try #require(try receiver.requests().first)
                let parts = ["webhook-id", "webhook-timestamp"].map { request.headers[$0] ?? "" } + [request.body]
                let signed = Data(parts.joined(separator: ".").utf8)
                let signatures = [old.bytes, new].map { key in
                    "v1,"
                        + Data(HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key)))
                        .base64EncodedString()
                }
                #expect(request.headers["webhook-signature"] == signatures.joined(separator: " "))
            }
        }
    }
}
