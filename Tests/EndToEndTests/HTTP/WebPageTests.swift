import Client
import Foundation
import PopulusDAP
import PopulusHTTPRequests
import PopulusTaskFiles
import PopulusVDAF
import PopulusWireCodec
import Testing

extension EndToEnd {
    /// Aggregators that pages of one origin may use: uploads and keys, and nothing else.
    @Suite struct WebPages {
        private static let page = "https://app.example"

        /// Reports as a client in a browser would make them.
        private func reports(_ count: Int, _ file: TaskFile) async throws -> [UInt8] {
            let requester = DAPRequester()
            let transport = HTTPUploadTransport(
                task: file.taskID, configuration: file.configuration, requester: requester)
            let configs = try await transport.hpkeConfigs()
            await requester.shutdown()
            let maker = try ReportMaker(
                taskID: file.taskID, configuration: file.configuration, leader: configs.leader, helper: configs.helper)
            var request = WireWriter(capacity: 1 << 16)
            for _ in 0..<count {
                let id = ReportID.random()
                request.append(try maker.seal(try maker.shard(.integer(1), id: id), id: id))
            }
            return request.bytes
        }

        private func ask(
            _ port: Int?, _ line: String, origin: String = page, _ fields: String..., body: [UInt8] = []
        ) async throws -> RawExchange.Response {
            let head = ["\(line) HTTP/1.1", "Host: x", "Origin: \(origin)"] + fields
            return try await RawExchange(port: port ?? 0, head: head.joined(separator: "\n"), body: .bytes(body)).run()
        }

        private func expectNothing(
            _ response: RawExchange.Response, _ status: Int, sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(response.status == status, "\(response)", sourceLocation: sourceLocation)
            let found = response.fields.keys.filter { $0.hasPrefix("access-control-") }
            #expect(found.isEmpty, "\(response)", sourceLocation: sourceLocation)
        }

        @Test func aPageUploadsAndDoesNothingElse() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"], start: false) { deployment in
                let options = ["--allow-origin", "https://other.example", "--allow-origin", Self.page]
                try await deployment.start(.helper, options: options)
                try await deployment.start(.leader, options: options + deployment.admin(.leader))
                let file = try TaskFile(readingFrom: deployment.taskFile("client"), as: .client)
                let (leader, helper) = (deployment.ports[.leader], deployment.ports[.helper])
                let reports = "/tasks/\(file.taskID)/reports"
                let asks = "Access-Control-Request-Method: POST"

                let preflight = try await ask(
                    leader, "OPTIONS \(reports)", asks, "Access-Control-Request-Headers: authorization,content-type")
                #expect(preflight.status == 200, "\(preflight)")
                #expect(preflight.fields["access-control-allow-origin"] == Self.page, "\(preflight)")
                #expect(preflight.fields["access-control-allow-methods"] == "POST")
                #expect(preflight.fields["access-control-allow-headers"] == "Authorization, Content-Type")
                for port in [leader, helper] {
                    let keys = try await ask(port, "GET /hpke_config")
                    #expect(keys.status == 200 && keys.fields["access-control-allow-origin"] == Self.page, "\(keys)")
                    #expect(keys.fields["vary"] == "Origin")
                }
                let body = try await self.reports(12, file)
                let sent = try await ask(
                    leader, "POST \(reports)", "Content-Type: \(MediaType.uploadRequest)",
                    "Content-Length: \(body.count)", body: body)
                #expect(sent.status == 200 && sent.fields["access-control-allow-origin"] == Self.page, "\(sent)")
                let refused = try await ask(
                    leader, "POST \(reports)", "Content-Type: \(MediaType.uploadRequest)", "Content-Length: 3",
                    body: [1, 2, 3])
                #expect(
                    refused.status == 400 && refused.fields["access-control-allow-origin"] == Self.page, "\(refused)")
                #expect(refused.fields["access-control-expose-headers"]?.contains("Retry-After") == true)

                // Not for pages, whatever origin asks: collections, jobs, statuses, health, the operator's address.
                let collections = "/tasks/\(file.taskID)/collection_jobs"
                expectNothing(try await ask(leader, "OPTIONS \(collections)", asks), 405)
                expectNothing(try await ask(leader, "POST \(collections)", "Content-Length: 0"), 401)
                expectNothing(try await ask(leader, "GET /tasks/\(file.taskID)/status"), 401)
                expectNothing(try await ask(leader, "GET /healthz"), 200)
                expectNothing(try await ask(helper, "OPTIONS /tasks/\(file.taskID)/aggregation_jobs", asks), 405)
                expectNothing(try await ask(deployment.adminPorts[.leader], "GET /metrics"), 200)
                expectNothing(try await ask(leader, "OPTIONS \(reports)", origin: "https://evil.example", asks), 403)
                expectNothing(try await ask(leader, "GET /hpke_config", origin: "https://evil.example"), 200)

                // What the page sent counts.
                let collected = try await deployment.collect(["--json"])
                #expect(try CollectedObject(collected.stdout).reports == 12, "\(collected.output)")
            }
        }

        @Test func withoutTheOptionNoPageIsAnswered() async throws {
            try await Deployment.with(scheme: ["--vdaf", "prio3-count"]) { deployment in
                let file = try TaskFile(readingFrom: deployment.taskFile("client"), as: .client)
                let (port, asks) = (deployment.ports[.leader], "Access-Control-Request-Method: POST")
                expectNothing(try await ask(port, "OPTIONS /tasks/\(file.taskID)/reports", asks), 405)
                expectNothing(try await ask(port, "GET /hpke_config"), 200)
            }
        }
    }
}
