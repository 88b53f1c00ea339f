import PopulusDAP
import PopulusHTTPRequests
import Testing

@Suite struct ServerRefusalTests {
    private func refusal(_ document: ProblemDocument, status: Int) -> ServerRefusal {
        ServerRefusal(DAPAnswer(status: status, contentType: .problem, body: document.encoded()))
    }

    @Test func aFailureOfTheServerMayPassAndAFailedJobStaysFailed() {
        let untyped = ProblemDocument(type: nil, detail: "busy")
        for status in [408, 425, 429, 500, 502, 503, 507] {
            #expect(refusal(untyped, status: status).mayPass)
            #expect(refusal(ProblemDocument(type: .other("https://proxy.example/busy")), status: status).mayPass)
            for type in ProblemType.known {
                #expect(!refusal(ProblemDocument(type: type), status: status).mayPass, "\(type), \(status)")
            }
        }
        #expect(!refusal(untyped, status: 400).mayPass)
    }

    /// A person reads what a document says whatever its type; a Leader gives a walk up only for what is called one.
    @Test func aDocumentIsAWordOnlyWhereItsTypeSaysSo() {
        let body = ProblemDocument(type: .stepMismatch, detail: "d").encoded()
        let stated = ServerRefusal(DAPAnswer(status: 409, contentType: .problem, body: body))
        #expect(stated.document?.type == .stepMismatch && stated.statedDocument == stated.document)
        for type in [nil, MediaType(essence: "application/json"), .webPage] {
            let refusal = ServerRefusal(DAPAnswer(status: 409, contentType: type, body: body))
            #expect(refusal.document?.type == .stepMismatch && refusal.statedDocument == nil)
        }
    }
}
