import HTTPServing
import HTTPTypes
import Interop
import Logging
import PopulusDAP
import Testing

/// A role that is never reached, or answers whatever the test wants.
private struct FakeRole: TestRole {
    let role: Role
    var body: @Sendable (TestEndpoint) throws(InteropError) -> Answer = { _ in .success }

    func answer(_ endpoint: TestEndpoint, body: [UInt8]) async throws(InteropError) -> Answer {
        try self.body(endpoint)
    }
}

/// Resources that tell what they were shown.
private struct FakeResources: RequestHandler {
    func admit(_ head: HTTPRequest) -> Result<Admission<String>, Refusal> {
        .success(Admission(route: head.headerFields[.authorization] ?? "none"))
    }
    func respond(to route: String, body: [UInt8]) async -> ServerResponse { ServerResponse(status: .ok) }
    func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        ServerResponse(status: refusal.status, body: Array("theirs".utf8))
    }
    func completed(_ head: HTTPRequest?, route: String?, status: HTTPResponse.Status) {}
}

/// The test API's door: which endpoints each role has, and what becomes of an answer.
@Suite struct TestHandlerTests {
    private func handler(_ role: FakeRole) -> TestHandler<FakeResources> {
        TestHandler(role: role, resources: FakeResources(), logger: Logger(label: "test"))
    }

    private func head(_ path: String, _ method: HTTPRequest.Method = .post, _ fields: HTTPFields = [:]) -> HTTPRequest {
        HTTPRequest(method: method, scheme: "http", authority: "x", path: path, headerFields: fields)
    }

    @Test func eachRoleHasItsEndpoints() throws {
        let served: [Role: Set<String>] = [
            .client: ["ready", "upload"],
            .leader: ["ready", "endpoint_for_task", "add_task", "task_configuration"],
            .helper: ["ready", "endpoint_for_task", "add_task", "task_configuration"],
            .collector: ["ready", "add_task", "collection_start", "collection_poll"],
        ]
        let names = TestEndpoint.allCases.map(\.rawValue) + ["", "ready/", "other", "../ready"]
        for role in Role.allCases {
            let handler = handler(FakeRole(role: role))
            for name in names {
                let isServed = served[role]?.contains(name) ?? false
                switch handler.admit(head("/internal/test/\(name)")) {
                case .success(let admission):
                    #expect(isServed, "\(role) \(name)")
                    guard case .test(let endpoint) = admission.route else {
                        Issue.record("\(role) \(name) went to the resources")
                        continue
                    }
                    #expect(endpoint.rawValue == name)
                case .failure(let refusal):
                    #expect(!isServed && refusal == .unknownPath, "\(role) \(name)")
                }
                if isServed {
                    guard case .failure(.methodNotAllowed) = handler.admit(head("/internal/test/\(name)", .get)) else {
                        Issue.record("GET \(name) is admitted")
                        continue
                    }
                }
            }
        }
    }

    @Test func readinessNeedsNoBody() throws {
        let handler = handler(FakeRole(role: .client))
        #expect(try handler.admit(head("/internal/test/ready")).get().maximumBody == 0)
        #expect(try handler.admit(head("/internal/test/ready", .post, [.contentLength: "2"])).get().maximumBody > 0)
        #expect(try handler.admit(head("/internal/test/upload")).get().maximumBody > 0)
    }

    @Test func theDraftsTokenCountsAsABearerToken() throws {
        let handler = handler(FakeRole(role: .leader))
        let field = try #require(HTTPField.Name("DAP-Auth-Token"))
        func shown(_ fields: HTTPFields) throws -> String {
            guard case .resource(let shown) = try handler.admit(head("/tasks/x", .post, fields)).get().route else {
                return "not a resource"
            }
            return shown
        }
        #expect(try shown([:]) == "none")
        #expect(try shown([field: "secret"]) == "Bearer secret")
        #expect(try shown([.authorization: "Bearer other", field: "secret"]) == "Bearer other")
    }

    @Test func answersAndErrorsAreJSON() async throws {
        func respond(_ body: @escaping @Sendable (TestEndpoint) throws(InteropError) -> Answer) async -> (Int, String) {
            let response = await handler(FakeRole(role: .client, body: body)).respond(to: .test(.upload), body: [])
            #expect(response.headers[.contentType] == "application/json")
            return (response.status.code, String(decoding: response.body, as: UTF8.self))
        }
        let refused = await respond { _ throws(InteropError) in throw .refused("no") }
        let malformed = await respond { _ throws(InteropError) in throw .malformed("x") }
        #expect(await respond { _ in .success } == (200, #"{"status":"success"}"#))
        #expect(refused == (200, #"{"error":"no","status":"error"}"#))
        #expect(malformed == (400, #"{"error":"x","status":"error"}"#))
    }

    @Test func refusalsAreJSONBelowTheTestAPI() {
        let handler = handler(FakeRole(role: .client))
        let refused = handler.response(for: .mediaTypeUnsupported(expected: []), to: head("/internal/test/upload"))
        #expect(refused.status == .unsupportedMediaType)
        #expect(
            String(decoding: refused.body, as: UTF8.self)
                == #"{"error":"the media type must be application/json","status":"error"}"#)
        let method = handler.response(for: .methodNotAllowed(allowed: [.post]), to: head("/internal/test/upload", .get))
        #expect(method.status == .methodNotAllowed && method.headers[.allow] == "POST")
        #expect(handler.response(for: .unknownPath, to: head("/other")).body == Array("theirs".utf8))
    }
}
