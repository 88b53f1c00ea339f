import Client
import PopulusDAP
import PopulusHTTPRequests
import Testing

// Spec: DAP §3.4, §4.4.2
@Suite struct UploadAnswerTests {
    private func errors(
        _ status: Int, _ type: MediaType?, _ body: [UInt8]
    ) throws(DAPRequestError) -> UploadErrors {
        try HTTPUploadTransport.uploadErrors(
            in: DAPAnswer(status: status, contentType: type, body: body), of: "https://a.example/reports")
    }

    private static let some = UploadErrors(status: [ReportUploadStatus(id: .random(), error: .reportReplayed)])

    @Test func aLeaderSaysNothingOrWhatItRefuses() throws {
        for status in [200, 201] {
            #expect(try errors(status, nil, []).status.isEmpty)
            #expect(try errors(status, .uploadErrors, []).status.isEmpty)
        }
        for status in [200, 202] {
            #expect(try errors(status, .uploadErrors, Self.some.encoded()) == Self.some)
        }
    }

    @Test func othersSayOtherThings() {
        let html = MediaType(essence: "text/html")
        let wrong: [(Int, MediaType?, [UInt8])] = [
            (202, nil, []), (204, nil, []), (206, nil, []), (200, html, []), (200, html, [0x3c]), (200, nil, [0x3c]),
            (200, .uploadErrors, [1, 2, 3]), (200, .hpkeConfigList, Self.some.encoded()), (204, .uploadErrors, []),
        ]
        for (status, type, body) in wrong {
            #expect(throws: DAPRequestError.self, "\(status) \(type?.description ?? "")") {
                try errors(status, type, body)
            }
        }
    }
}
