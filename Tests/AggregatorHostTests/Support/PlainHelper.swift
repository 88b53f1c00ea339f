import AggregatorServer
import HTTPServing
import HTTPServingHarness
import HTTPTypes
import PopulusDAP

/// A DAP Helper of another kind, or a proxy before one: it has keys, and answers all else with one status and a page.
struct PlainHelper: RequestHandler {
    let status: HTTPResponse.Status

    func admit(_ head: HTTPRequest) -> Result<Admission<String>, Refusal> {
        .success(
            Admission(
                route: head.path ?? "", maximumBody: head.method == .post ? 1 << 20 : 0,
                mediaTypes: head.method == .post ? [MediaType.aggregationJobInitReq] : []))
    }

    func respond(to route: String, body: [UInt8]) async -> ServerResponse {
        guard route == "/hpke_config" else {
            return ServerResponse(status: status, headers: [.contentType: "text/html"], body: Array("<p>no</p>".utf8))
        }
        let key = HpkeConfig(id: 1, kemID: 0x20, kdfID: 1, aeadID: 1, publicKey: [UInt8](repeating: 1, count: 32))
        return ServerResponse(
            status: .ok, headers: [.contentType: MediaType.hpkeConfigList.description],
            body: HpkeConfigList(configs: [key]).encoded())
    }

    func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        ServerResponse(status: refusal.status, body: [])
    }

    func completed(_ head: HTTPRequest?, route: String?, status: HTTPResponse.Status) {}
}

/// Runs such a Helper on a free port for the time of the body.
func withPlainHelper(status: Int, _ body: @Sendable (_ port: Int) async throws -> Void) async throws {
    try await withServer(PlainHelper(status: HTTPResponse.Status(code: status)), body)
}
