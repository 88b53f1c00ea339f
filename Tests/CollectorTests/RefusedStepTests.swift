import PopulusCollector
import PopulusDAP
import Testing

@Suite struct RefusedStepTests {
    @Test func whatTheHelperRefusedStaysRefused() throws {
        for type in ProblemType.known.map(Optional.some) + [nil] {
            for status in [400, 401, 403, 404, 409, 502] {
                let sent = ProblemDocument(type: type, detail: "No.", party: .helper)
                let received = try #require(ProblemDocument(decoding: sent.encoded()))
                let refused = RefusedStep(received, status: status)
                #expect(refused.party == .helper && refused.isFinal, "\(type?.uri ?? "none"), \(status)")
            }
        }
    }

    /// Prose is for people: what it says decides nothing.
    @Test func wordsDecideNothing() {
        for words in ["The Helper refused: it is gone.", "The Helper's answer: no.", "helper"] {
            let document = ProblemDocument(type: .unrecognizedTask, detail: words)
            #expect(RefusedStep(document, status: 404).party == nil)
            #expect(!RefusedStep(document, status: 404).isFinal)
        }
    }

    @Test func aPartyThatIsNoneIsUnknown() throws {
        for party in ["\"collector\"", "\"client\"", "7", "null", "[\"helper\"]", "\"Helper\""] {
            let bytes = Array("{\"type\": \"about:blank\", \"party\": \(party)}".utf8)
            #expect(try #require(ProblemDocument(decoding: bytes)).party == nil, "\(party)")
        }
    }

    @Test(arguments: [Role.leader, nil])
    func theLeadersOwnRefusalsAreFinalWhereTheyAreOfTheWalk(party: Role?) {
        for type in ProblemType.known where type != .unrecognizedTask {
            let refused = RefusedStep(ProblemDocument(type: type, detail: "No.", party: party), status: 400)
            #expect(refused.party == party && refused.isFinal, "\(type)")
        }
        // The Leader was started with another file, the token is another task's, or the Leader is ill: mend it, go on.
        #expect(!RefusedStep(ProblemDocument(type: .unrecognizedTask, party: party), status: 404).isFinal)
        for status in [401, 403, 404, 429, 500, 503] {
            let document = ProblemDocument(type: nil, detail: "No.", party: party)
            #expect(!RefusedStep(document, status: status).isFinal, "\(status)")
        }
        let failed = ProblemDocument(type: nil, detail: "The step failed.", party: party)
        #expect(RefusedStep(failed, status: 400).isFinal)
    }
}
