import PopulusDAP
import Testing

@Suite struct MediaTypeTests {
    @Test func messagesHaveTheNamesOfTheDraft() {
        let names: [(MediaType, String)] = [
            (.hpkeConfigList, "hpke-config-list"), (.uploadRequest, "upload-req"), (.uploadErrors, "upload-errors"),
            (.aggregationJobInitReq, "aggregation-job-init-req"), (.aggregationJobResp, "aggregation-job-resp"),
            (.aggregationJobContinueReq, "aggregation-job-continue-req"),
            (.aggregateShareReq, "aggregate-share-req"), (.aggregateShare, "aggregate-share"),
            (.collectionJobReq, "collection-job-req"), (.collectionJobResp, "collection-job-resp"),
        ]
        for (type, name) in names {
            #expect(type.description == "application/ppm-dap;message=\(name)")
        }
        #expect(MediaType.walkVerdictReq.description == "application/vnd.populus.walk;message=verdict-req")
        #expect(MediaType.walkFinishReq.description == "application/vnd.populus.walk;message=finish-req")
    }

    @Test(arguments: [
        "application/ppm-dap;message=upload-req",
        "Application/PPM-DAP; Message=upload-req",
        "application/ppm-dap ;\tmessage=\"upload-req\" ; version=18",
        "application/ppm-dap;version=09;message=upload-req",
        "application/ppm-dap; message=\"upload\\-req\";",
    ])
    func acceptsWhatMeansTheSame(_ text: String) {
        #expect(MediaType.uploadRequest.matches(text))
    }

    /// Its own text is the same media type once more, whatever its values; the first case was found by Tools/fuzz.
    @Test(arguments: [
        "a/b; message=\"eva\u{FFFD}uate-raq\"; q=0", "a/b;c=\"\"", "a/b;c=\" ;d=e\"", "a/b;c=\"\\\"\\\\\"",
        "a/b;c=d;e=\"f\\g\"",
    ])
    func textIsTheSameTypeAgain(text: String) throws {
        let type = try #require(MediaType(text))
        #expect(MediaType(type.description) == type)
    }

    @Test(arguments: [
        nil, "", "application/ppm-dap", "application/ppm-dap;message=upload-errors", "text/ppm-dap;message=upload-req",
        "application/ppm-dap;message=UPLOAD-REQ", "application/ppm-dap;message=upload-req;message=upload-req",
        "application/ppm-dap;message", "application/ppm-dap;message=", "application/ppm-dap;message=\"upload-req",
        "application/ppm-dap;message=\"upload-req\\", "application;message=upload-req", "/;message=upload-req",
        "application/ppm-dap message=upload-req", "application/ppm-dap;message=upload-req x",
        "application/ppm-dap, message=upload-req",
    ])
    func refusesEverythingElse(_ text: String?) {
        #expect(!MediaType.uploadRequest.matches(text))
    }
}
