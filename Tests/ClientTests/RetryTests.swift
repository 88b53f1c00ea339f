import DAP
import HTTPRequests
import Testing

@Suite struct RetryTests {
    @Test func aFailureOfTheServerMayPassAndAFailedJobStaysFailed() {
        let untyped = ProblemDocument(type: nil, detail: "busy")
        for status in [408, 429, 500, 502, 503, 507] {
            #expect(DAPRequester.mayPass(untyped, status: status))
            #expect(DAPRequester.mayPass(ProblemDocument(type: .other("https://proxy.example/busy")), status: status))
            for type in ProblemType.known {
                #expect(!DAPRequester.mayPass(ProblemDocument(type: type), status: status), "\(type), \(status)")
            }
        }
        #expect(!DAPRequester.mayPass(untyped, status: 400))
    }
}
