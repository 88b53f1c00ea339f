import PopulusDAP
import Testing

@Suite struct ProblemTests {
    @Test func typesAreTheURIsOfTheDraftAndOurOwn() {
        #expect(ProblemType.invalidMessage.uri == "urn:ietf:params:ppm:dap:error:invalidMessage")
        #expect(ProblemType.invalidExtension.uri == "urn:ietf:params:ppm:dap:error:invalidExtension")
        #expect(ProblemType.walkEnded.uri == "tag:populus.example,2026:dap-walk:error:walkEnded")
        #expect(ProblemType.known.count == 22)
        for type in ProblemType.known {
            #expect(ProblemType(uri: type.uri) == type)
            #expect(!type.uri.isEmpty)
        }
        #expect(ProblemType(uri: "urn:x") == .other("urn:x"))
        #expect(ProblemType.other("urn:x").uri == "urn:x")
    }

    @Test func writesTheMembersOfTheDraft() {
        let problem = ProblemDocument(
            type: .unsupportedExtension, status: 400, detail: "no such extension", taskID: Sample.taskID,
            unsupportedExtensions: [23, 42])
        #expect(
            String(decoding: problem.encoded(), as: UTF8.self) == """
                {"detail":"no such extension","status":400,"taskid":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",\
                "title":"An extension is unknown.","type":"urn:ietf:params:ppm:dap:error:unsupportedExtension",\
                "unsupported_extensions":[23,42]}
                """)
        #expect(ProblemDocument(decoding: problem.encoded()) == problem)
    }

    @Test func readsWhatOthersWrite() {
        let text = #"{"type":"about:blank","status":"400","title":"No","extra":{"a":1},"taskid":"?"}"#
        let problem = ProblemDocument(decoding: Array(text.utf8))
        #expect(problem == ProblemDocument(type: nil, title: "No"))
        for nonsense in ["", "[]", "\"x\"", "{", "{\"type\":"] {
            #expect(ProblemDocument(decoding: Array(nonsense.utf8)) == nil)
        }
    }
}
