import Client
import PopulusDAP
import PopulusHTTPRequests
import Testing

// Spec: DAP §4.4.1
@Suite struct HpkeConfigTests {
    private static let known = HpkeKeyPair.generate(id: 7).config

    /// A configuration of algorithms that do not exist.
    private static func unknown(id: UInt8) -> HpkeConfig {
        HpkeConfig(id: id, kemID: 0x4242, kdfID: 1, aeadID: 1, publicKey: [1, 2, 3])
    }

    private func firstUsable(
        _ body: [UInt8], type: MediaType? = .hpkeConfigList
    ) throws(DAPRequestError) -> HpkeConfig {
        try DAPAnswer(status: 200, contentType: type, body: body).hpkeConfig(of: "https://a.example/hpke_config")
    }

    @Test func unknownAlgorithmsArePassedOver() throws {
        let list = HpkeConfigList(configs: [Self.unknown(id: 1), Self.known, HpkeKeyPair.generate(id: 8).config])
        #expect(try firstUsable(list.encoded()) == Self.known)
    }

    @Test func withoutAKnownOneTheClientGivesUp() {
        let list = HpkeConfigList(configs: [Self.unknown(id: 1), Self.unknown(id: 2)])
        #expect(throws: DAPRequestError.self) { try firstUsable(list.encoded()) }
    }

    @Test func anAnswerThatIsNoListIsRefused() {
        let list = HpkeConfigList(configs: [Self.known]).encoded()
        for body in [[], [0, 0], Array(list.dropLast()), list + [0]] {
            #expect(throws: DAPRequestError.self) { try firstUsable(body) }
        }
        for type in [nil, MediaType.uploadErrors] {
            #expect(throws: DAPRequestError.self) { try firstUsable(list, type: type) }
        }
    }
}
