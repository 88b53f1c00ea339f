import Foundation
import Testing

extension EndToEnd {
    /// What proxies and clients of every kind may expect of a server, at both aggregators.
    @Suite struct HTTPRules {
        @Test func aServerAnswersAsHTTPSays() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                for role in Deployment.Role.allCases {
                    try await deployment.start(role, options: deployment.admin(role))
                    let server = RawConversation(port: deployment.ports[role] ?? 0)
                    try await oldAndNewConnections(server)
                    try await oneHost(server)
                    try await lengthsThatAreClear(server)
                    try await requestsBehindRequests(server)
                    for (port, path) in [
                        (deployment.ports[role] ?? 0, "/healthz"), (deployment.ports[role] ?? 0, "/hpke_config"),
                        (deployment.adminPorts[role] ?? 0, "/metrics"),
                    ] {
                        try await headAndDate(RawConversation(port: port), path)
                    }
                }
                try await bodiesWithACoding(deployment)
                try await tokensAfterSpaces(deployment)
            }
        }

        private func oldAndNewConnections(_ server: RawConversation) async throws {
            let old = try await server.run("GET /healthz HTTP/1.0\r\n\r\n", within: .seconds(3))
            #expect(old.status == 200 && old.isClosed && old.body == "ok\n", "\(old)")
            let kept = try await server.run(
                "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", within: .seconds(1))
            #expect(kept.status == 200 && !kept.isClosed && kept.fields("Connection") == ["keep-alive"], "\(kept)")
            let upgrade = try await server.run(
                "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", within: .seconds(3))
            #expect(upgrade.status == 200 && upgrade.isClosed, "\(upgrade)")
        }

        private func oneHost(_ server: RawConversation) async throws {
            for fields in ["", "Host: a\r\nHost: b\r\n", "Host: a b\r\n"] {
                let answer = try await server.run("GET /healthz HTTP/1.1\r\n\(fields)\r\n", within: .seconds(3))
                #expect(answer.status == 400 && answer.isClosed, "\(fields): \(answer)")
                #expect(answer.fields("Content-Type") == ["application/problem+json"])
                #expect(answer.body.contains("one Host field"), "\(answer)")
            }
        }

        private func lengthsThatAreClear(_ server: RawConversation) async throws {
            for (fields, status) in [
                ("Transfer-Encoding: chunked\r\nContent-Length: 5", 400), ("Transfer-Encoding: gzip, chunked", 501),
                ("Content-Length: 5\r\nContent-Length: 5", 400),
            ] {
                let answer = try await server.run(
                    "POST /tasks/x/reports HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n"
                        + "Host: smuggled\r\n\r\n", within: .seconds(3))
                #expect(answer.status == status && answer.isClosed, "\(fields): \(answer)")
                #expect(answer.text.components(separatedBy: "HTTP/1.1 ").count == 2, "\(answer)")
            }
        }

        /// Some, each with its answer in turn; not thousands, whose heads would take megabytes while nobody reads.
        private func requestsBehindRequests(_ server: RawConversation) async throws {
            let (request, last) = ("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "GET /none HTTP/1.0\r\n\r\n")
            let some = try await server.run(String(repeating: request, count: 50) + last)
            #expect(some.isClosed && some.text.components(separatedBy: "ok\n").count == 51, "\(some)")
            #expect(some.text.contains("HTTP/1.1 404 "))
            let many = try await server.run(String(repeating: request, count: 1500) + last)
            #expect(many.isClosed && many.text.components(separatedBy: "ok\n").count < 1000, "\(many.text.suffix(400))")
        }

        private func headAndDate(_ server: RawConversation, _ path: String) async throws {
            let rest = " \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let (get, head) = (try await server.run("GET" + rest), try await server.run("HEAD" + rest))
            #expect(get.status == 200 && head.status == 200 && head.body.isEmpty, "\(head)")
            #expect(head.fields("Content-Type") == get.fields("Content-Type") && !head.fields("Content-Type").isEmpty)
            #expect(path == "/metrics" || head.fields("Content-Length") == get.fields("Content-Length"))
            let wrong = try await server.run("OPTIONS" + rest)
            #expect(wrong.status == 405 && wrong.fields("Allow") == ["GET, HEAD"], "\(wrong)")
            for answer in [get, head, wrong] {
                let date = try #require(answer.fields("Date").first, "\(answer)")
                #expect(date.wholeMatch(of: /\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/) != nil, "\(date)")
            }
        }

        private func bodiesWithACoding(_ deployment: Deployment) async throws {
            let answer = try await RawConversation(port: deployment.ports[.leader] ?? 0).run(
                "POST /tasks/\(try taskID(deployment))/reports HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                    + "Content-Type: application/ppm-dap;message=upload-req\r\nContent-Encoding: gzip\r\n\r\nabc")
            #expect(answer.status == 415 && answer.fields("Accept-Encoding") == ["identity"], "\(answer)")
            #expect(answer.body.contains("Content-Encoding"))
        }

        private func tokensAfterSpaces(_ deployment: Deployment) async throws {
            let token = try #require(try member("collector_token", of: "collector", deployment))
            let path = "/tasks/\(try taskID(deployment))/collection_jobs/AAAAAAAAAAAAAAAAAAAAAA"
            for (field, statuses) in [
                ("Bearer  \(token)", [404]), ("bearer   \(token)", [404]), ("Bearer \(token)", [404]),
                ("Bearer x\(token)", [403]), ("Bearer\(token)", [401]),
            ] {
                let answer = try await RawConversation(port: deployment.ports[.leader] ?? 0).run(
                    "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: \(field)\r\n\r\n")
                #expect(statuses.contains(answer.status ?? 0), "\(answer)")
            }
        }

        /// Through proxies that pass every body on in chunks: uploads, and all that the Leader asks the Helper.
        @Test func bodiesInChunksGiveTheSameResult() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                let (leader, helper) = (try Loopback.freePort(), try Loopback.freePort())
                try await deployment.start(.helper, options: ["--listen", "127.0.0.1:\(helper)"])
                try await deployment.start(.leader, options: ["--listen", "127.0.0.1:\(leader)"])
                let scratch = deployment.scratch
                try await ChunkingProxy.with(in: scratch, port: deployment.ports[.leader] ?? 0, to: leader) {
                    try await ChunkingProxy.with(in: scratch, port: deployment.ports[.helper] ?? 0, to: helper) {
                        let words = (0..<60).map { "word\($0 % 4)\n" }.joined()
                        let lines = try scratch.write(Data(words.utf8), to: "words")
                        try await deployment.uploadAll(lines)
                        let csv = scratch.file("out.csv")
                        let result = try await deployment.discover(threshold: "10", csv: csv, within: .seconds(120))
                        #expect(result.status == 0, "\(result.output)")
                        try await deployment.expectIdentical(csv, to: lines, threshold: "10")
                    }
                }
            }
        }

        /// The token before the body, the limit while it comes.
        @Test func bodiesInChunksHaveTheSameLimits() async throws {
            try await Deployment.with(bits: 64, start: false) { deployment in
                try await deployment.start(.leader)
                let before = deployment.running[.leader]?.peakMemoryKiB ?? 0
                let server = RawConversation(port: deployment.ports[.leader] ?? 0)
                let task = try taskID(deployment)
                func head(_ path: String, _ type: String) -> String {
                    "POST /tasks/\(task)/\(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                        + "Content-Type: application/ppm-dap;message=\(type)\r\n"
                }
                let noToken = try await server.run(
                    head("collection_jobs", "collection-job-req") + "Expect: 100-continue\r\n\r\n", within: .seconds(3))
                #expect(noToken.status == 401 && noToken.isClosed, "\(noToken)")
                let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 0, count: 1 << 20) + Array("\r\n".utf8)
                let upload = head("reports", "upload-req")
                let large = try await server.run(
                    Array((upload + "\r\n").utf8) + (0..<20).flatMap { _ in chunk }, within: .seconds(20)
                ) { $0.contains("}") }
                #expect(large.status == 413 && large.body.contains("8388608 bytes (8 MiB)"), "\(large)")
                let empty = try await server.run(upload + "\r\n0\r\n\r\n", within: .seconds(3)) { $0.contains("}") }
                #expect(empty.status == 400 && empty.body.contains("empty") && !empty.isClosed, "\(empty)")
                let after = deployment.running[.leader]?.peakMemoryKiB ?? .max
                #expect(after - before < 64 << 10, "memory grew by \(after - before) KiB")
            }
        }

        private func member(_ name: String, of role: String, _ deployment: Deployment) throws -> String? {
            let data = try Data(contentsOf: URL(filePath: deployment.taskFile(role)))
            return (try JSONSerialization.jsonObject(with: data) as? [String: Any])?[name] as? String
        }

        private func taskID(_ deployment: Deployment) throws -> String {
            try #require(try member("task_id", of: "leader", deployment))
        }
    }
}
