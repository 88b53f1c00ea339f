import Client
import HTTPServing
import HTTPServingHarness
import HTTPTypes
import PopulusDAP
import PopulusHTTPRequests
import Testing

/// A Client that asks aggregators for their keys (DAP §4.4.1).
@Suite struct KeyFetchConformanceTests {
    private static let key = HpkeKeyPair.generate(id: 9).config

    private static func config(_ id: UInt8, kem: UInt16 = 0x20, kdf: UInt16 = 1, aead: UInt16 = 1) -> HpkeConfig {
        HpkeConfig(id: id, kemID: kem, kdfID: kdf, aeadID: aead, publicKey: key.publicKey)
    }

    /// What both aggregators' keys come to, if they answer so.
    private func keys(
        _ body: [UInt8], type: String = MediaType.hpkeConfigList.description, status: HTTPResponse.Status = .ok
    ) async throws -> Result<HpkeConfig, DAPRequestError> {
        try await withServer(CannedAnswer(status: status, type: type, body: body)) { port in
            let url = Array("http://127.0.0.1:\(port)".utf8)
            let configuration = try TaskConfiguration(
                taskInfo: [1], leaderEndpoint: url, helperEndpoint: url, timePrecision: TimePrecision(seconds: 60),
                minBatchSize: 1, batchMode: .timeInterval, vdaf: .prio3Count, extensions: [])
            let requester = DAPRequester(patience: .init(first: 0.2, later: 0.2))
            let transport = HTTPUploadTransport(task: .random(), configuration: configuration, requester: requester)
            let result: Result<HpkeConfig, DAPRequestError>
            do throws(DAPRequestError) {
                result = .success(try await transport.hpkeConfigs().helper)
            } catch {
                result = .failure(error)
            }
            await requester.shutdown()
            return result
        }
    }

    private func isRefused(_ result: Result<HpkeConfig, DAPRequestError>) -> Bool {
        if case .failure(.malformed) = result { true } else { false }
    }

    @Test func theFirstUsableKeyIsTaken() async throws {
        let list = HpkeConfigList(configs: [
            Self.config(1, kem: 0x10), Self.config(2, kdf: 99), Self.config(3, aead: 3), Self.key, Self.config(4),
        ])
        #expect(try await keys(list.encoded()) == .success(Self.key))
        #expect(
            try await keys(list.encoded(), type: "application/ppm-dap; version=18; message=\"hpke-config-list\"")
                == .success(Self.key))
    }

    @Test func listsThatAreNoneEndTheClient() async throws {
        let list = HpkeConfigList(configs: [Self.key]).encoded()
        for body in [Array(list.dropLast()), list + [0], [], [1, 2, 3], Array("{}".utf8)] {
            #expect(isRefused(try await keys(body)))
        }
        for type in ["application/ppm-dap;message=upload-errors", "application/octet-stream", ""] {
            #expect(isRefused(try await keys(list, type: type)))
        }
        // Two keys of one name.
        #expect(isRefused(try await keys(HpkeConfigList(configs: [Self.key, Self.config(9)]).encoded())))
    }

    @Test func anEmptyListEndsTheClient() async throws {
        #expect(isRefused(try await keys([0, 0])))
    }

    @Test func unknownAlgorithmsAloneEndTheClient() async throws {
        let list = HpkeConfigList(configs: [
            Self.config(1, kem: 0x10), Self.config(2, kdf: 99), Self.config(3, aead: 3), Self.config(4, kem: 0xFFFF),
        ])
        #expect(isRefused(try await keys(list.encoded())))
    }
}

/// Answers every request alike.
private struct CannedAnswer: RequestHandler {
    let status: HTTPResponse.Status
    let type: String
    let body: [UInt8]

    func admit(_ head: HTTPRequest) -> Result<Admission<Int>, Refusal> { .success(Admission(route: 0)) }

    func respond(to route: Int, body: [UInt8]) async -> ServerResponse {
        ServerResponse(status: status, headers: type.isEmpty ? [:] : [.contentType: type], body: self.body)
    }

    func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        ServerResponse(status: refusal.status)
    }

    func completed(_ head: HTTPRequest?, route: Int?, status: HTTPResponse.Status) {}
}
