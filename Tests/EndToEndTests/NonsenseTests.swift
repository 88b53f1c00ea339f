import Foundation
import Testing

extension EndToEnd {
    /// What nobody should send, at every endpoint: a problem document soon, and the service goes on.
    @Suite struct Nonsense {
        struct Endpoint: Sendable, CustomStringConvertible {
            var role: Deployment.Role
            var path: String
            var mediaType: String
            /// The member of the role's file that has the token; nil where anybody may send.
            var token: String?

            var description: String { "\(role) \(path)" }
        }

        static let endpoints = [
            Endpoint(role: .leader, path: "reports", mediaType: "application/ppm-dap;message=upload-req", token: nil),
            Endpoint(
                role: .leader, path: "collection_jobs", mediaType: "application/ppm-dap;message=collection-job-req",
                token: "collector_token"),
            Endpoint(
                role: .helper, path: "aggregation_jobs",
                mediaType: "application/ppm-dap;message=aggregation-job-init-req",
                token: "aggregator_token"),
            Endpoint(
                role: .helper, path: "aggregation_jobs/AAAAAAAAAAAAAAAAAAAAAA",
                mediaType: "application/ppm-dap;message=aggregation-job-continue-req",
                token: "aggregator_token"),
            Endpoint(
                role: .helper, path: "aggregate_shares",
                mediaType: "application/vnd.populus.walk;message=aggregate-share-req", token: "aggregator_token"),
        ]

        private static let hundredMegabytes = 100_000_000

        /// The start of a request to an endpoint, as it should be; the parameters make it wrong.
        private func head(
            _ deployment: Deployment, _ endpoint: Endpoint, method: String = "POST", task: String? = nil,
            path: String? = nil, type: String? = nil, token: String?? = nil, length: Int
        ) throws -> String {
            let file = URL(filePath: deployment.taskFile(endpoint.role.rawValue))
            let json = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
            let own = endpoint.token.flatMap { json[$0] as? String }
            let task = try task ?? #require(json["task_id"] as? String)
            let target = path ?? "/tasks/\(task)/\(endpoint.path)"
            var lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1", "Content-Length: \(length)"]
            lines.append("Content-Type: \(type ?? endpoint.mediaType)")
            if let sent = token ?? own { lines.append("Authorization: Bearer \(sent)") }
            return lines.joined(separator: "\n")
        }

        /// Expects a problem document of the 400s, soon.
        private func expectProblem(
            _ exchange: RawExchange, statuses: Set<Int>, within limit: Duration = .seconds(5), bodyUnread: Bool = false,
            _ what: String, sourceLocation: SourceLocation = #_sourceLocation
        ) async {
            do {
                let response = try await exchange.run()
                #expect(statuses.contains(response.status), "\(what): \(response)", sourceLocation: sourceLocation)
                #expect(
                    response.fields["content-type"]?.hasPrefix("application/problem+json") == true,
                    "\(what): \(response)", sourceLocation: sourceLocation)
                let json = try JSONSerialization.jsonObject(with: Data(response.body.utf8)) as? [String: Any]
                #expect(json?["type"] is String, "\(what): \(response)", sourceLocation: sourceLocation)
                #expect(response.elapsed < limit, "\(what): \(response)", sourceLocation: sourceLocation)
                if bodyUnread {
                    // What the kernel's buffers of both ends took is not read.
                    #expect(response.bodyBytesSent < 32 << 20, "\(what)", sourceLocation: sourceLocation)
                }
            } catch {
                Issue.record("\(what): \(error)", sourceLocation: sourceLocation)
            }
        }

        @Test func everyEndpointRefusesNonsense() async throws {
            try await Deployment.with(bits: 64) { deployment in
                let before = Deployment.Role.allCases.map { deployment.running[$0]?.peakMemoryKiB ?? 0 }
                for endpoint in Self.endpoints {
                    try await refuseShort(deployment, endpoint)
                    try await refuseHuge(deployment, endpoint)
                }
                let after = Deployment.Role.allCases.map { deployment.running[$0]?.peakMemoryKiB ?? .max }
                let growth = zip(before, after).map { ($1 - $0) / 1_024 }
                print("figures: nonsense at every endpoint: memory of Leader and Helper grew by \(growth) MiB")
                #expect(growth.allSatisfy { $0 < 64 })
                try await works(deployment)
            }
        }

        private func refuseShort(_ deployment: Deployment, _ endpoint: Endpoint) async throws {
            let port = deployment.ports[endpoint.role] ?? 0
            let some = RawExchange.Body.bytes(Array(repeating: 0xa5, count: 40))
            func refuse(_ what: String, _ statuses: Set<Int>, head: String, body: RawExchange.Body = some) async {
                await expectProblem(
                    RawExchange(port: port, head: head, body: body), statuses: statuses, "\(endpoint), \(what)")
            }
            let right = try head(deployment, endpoint, length: 40)
            await refuse("noise", Set(400...404), head: right)
            await refuse("empty", [400], head: try head(deployment, endpoint, length: 0), body: .bytes([]))
            await refuse(
                "one byte", Set(400...404), head: try head(deployment, endpoint, length: 1), body: .bytes([0]))
            await refuse("wrong media type", [415], head: try head(deployment, endpoint, type: "text/html", length: 40))
            await refuse(
                "another message's type", [415],
                head: try head(
                    deployment, endpoint, type: "application/ppm-dap;message=aggregate-share", length: 40))
            let unknown = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            await refuse("unknown task", [400, 404], head: try head(deployment, endpoint, task: unknown, length: 40))
            await refuse("no task", [400, 404], head: try head(deployment, endpoint, task: "x", length: 40))
            await refuse("unknown path", [404], head: try head(deployment, endpoint, path: "/no/such/path", length: 40))
            await refuse("wrong method", [405], head: try head(deployment, endpoint, method: "PATCH", length: 40))
            await refuse(
                "a path that climbs", [400, 404], head: try head(deployment, endpoint, path: "/tasks/../..", length: 40)
            )
            await refuse(
                "a chunked body", Set(400...404),
                head: right.replacing("Content-Length: 40", with: "Transfer-Encoding: chunked"),
                body: .bytes(Array("1\r\na\r\n0\r\n\r\n".utf8)))
            await refuse("a length that is none", [400], head: right.replacing(": 40", with: ": forty"))
            await refuse("a length below zero", [400], head: right.replacing(": 40", with: ": -1"))
            if endpoint.token != nil {
                await refuse(
                    "no token", [401, 403], head: try head(deployment, endpoint, token: .some(nil), length: 40))
                await refuse(
                    "wrong token", [401, 403], head: try head(deployment, endpoint, token: "wrong", length: 40))
            }
        }

        /// A hundred megabytes, rightly and wrongly authorised, with and without `Expect: 100-continue`.
        private func refuseHuge(_ deployment: Deployment, _ endpoint: Endpoint) async throws {
            let port = deployment.ports[endpoint.role] ?? 0
            let right = try head(deployment, endpoint, length: Self.hundredMegabytes)
            let wrong = try head(deployment, endpoint, token: "wrong", length: Self.hundredMegabytes)
            for (what, head) in [("100 MB", right), ("100 MB with a wrong token", wrong)] {
                var exchange = RawExchange(port: port, head: head, body: .zeros(Self.hundredMegabytes))
                let statuses: Set<Int> = [401, 403, 413]
                await expectProblem(exchange, statuses: statuses, bodyUnread: true, "\(endpoint), \(what)")
                exchange.head += "\nExpect: 100-continue"
                exchange.expectsContinue = true
                await expectProblem(exchange, statuses: statuses, bodyUnread: true, "\(endpoint), \(what), expecting")
            }
        }

        @Test func slowSendersAreLetGoWhileOthersAreServed() async throws {
            try await Deployment.with(bits: 64) { deployment in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for endpoint in Self.endpoints {
                        let port = deployment.ports[endpoint.role] ?? 0
                        let slowBody = RawExchange(
                            port: port, head: try head(deployment, endpoint, length: 100),
                            body: .slow(Array(repeating: 0, count: 100)), limit: .seconds(60))
                        group.addTask {
                            await expectProblem(
                                slowBody, statuses: [408], within: .seconds(30), "\(endpoint), slow body")
                        }
                    }
                    for role in Deployment.Role.allCases {
                        let slowHead = RawExchange(
                            port: deployment.ports[role] ?? 0, head: "GET /hpke_config HTTP/1.1\nHost: x\nX-Slow: ",
                            endsHead: false,
                            body: .slow(Array(repeating: 0x61, count: 100)), limit: .seconds(60))
                        group.addTask { [slowHead] in
                            await expectProblem(slowHead, statuses: [408], within: .seconds(30), "\(role), slow head")
                        }
                    }
                    try await works(deployment)
                    try await group.waitForAll()
                }
            }
        }

        @Test func whatIsNoHTTPIsRefused() async throws {
            try await Deployment.with(bits: 64) { deployment in
                for role in Deployment.Role.allCases {
                    let port = deployment.ports[role] ?? 0
                    for head in ["hello", "GET", "\u{16}\u{3}\u{1}", "GET / HTTP/9.9", "GET /\0 HTTP/1.1"] {
                        await expectProblem(RawExchange(port: port, head: head), statuses: [400, 404, 505], "\(head)")
                    }
                    let long = "GET /hpke_config HTTP/1.1\nHost: x\nX: " + String(repeating: "a", count: 1 << 20)
                    await expectProblem(RawExchange(port: port, head: long), statuses: [400, 431], "a long head")
                }
                try await works(deployment)
            }
        }

        /// The service still answers and still discovers.
        private func works(_ deployment: Deployment) async throws {
            for role in Deployment.Role.allCases {
                let health = RawExchange(port: deployment.ports[role] ?? 0, head: "GET /healthz HTTP/1.1\nHost: x")
                #expect(try await health.run().status == 200)
            }
            let lines = try deployment.scratch.write(Data(String(repeating: "word\n", count: 20).utf8), to: "words")
            try await deployment.uploadAll(lines)
            let csv = deployment.scratch.file("out.csv")
            let result = try await deployment.discover(threshold: "10", csv: csv)
            #expect(result.status == 0, "\(result.output)")
            try await deployment.expectIdentical(csv, to: lines, threshold: "10")
        }
    }
}
