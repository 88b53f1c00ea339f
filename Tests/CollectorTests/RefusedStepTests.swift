import Collector
import DAP
import Testing

@Suite struct RefusedStepTests {
    @Test func whatTheHelperRefusedStaysRefused() {
        for type in ProblemType.known.map(Optional.some) + [nil] {
            for status in [400, 401, 403, 404, 409, 502] {
                for words in ["The Helper refused: This aggregator does not serve it.", "The Helper's answer: no."] {
                    let refused = RefusedStep(ProblemDocument(type: type, detail: words), status: status)
                    #expect(refused.party == .helper && refused.isFinal, "\(type?.uri ?? "none"), \(status)")
                }
            }
        }
    }

    @Test func theLeadersOwnRefusalsAreFinalWhereTheyAreOfTheWalk() {
        for type in ProblemType.known where type != .unrecognizedTask {
            let refused = RefusedStep(ProblemDocument(type: type, detail: "No."), status: 400)
            #expect(refused.party == .leader && refused.isFinal, "\(type)")
        }
        // The Leader was started with another file, the token is another task's, or the Leader is ill: mend it, go on.
        #expect(!RefusedStep(ProblemDocument(type: .unrecognizedTask), status: 404).isFinal)
        for status in [401, 403, 404, 429, 500, 503] {
            #expect(!RefusedStep(ProblemDocument(type: nil, detail: "No."), status: status).isFinal, "\(status)")
        }
        #expect(RefusedStep(ProblemDocument(type: nil, detail: "The step failed."), status: 400).isFinal)
    }
}
