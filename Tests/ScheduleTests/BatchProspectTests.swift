import PopulusCollector
import PopulusDAP
import Schedule
import Testing

/// What a schedule does about a batch without a result.
@Suite struct BatchProspectTests {
    private static func refused(
        _ type: ProblemType?, _ status: Int = 400, party: Role? = nil, hasAnswers: Bool = false
    ) -> BatchProspect {
        BatchProspect(
            .refused(ProblemDocument(type: type, status: status, party: party), status: status),
            hasAnswers: hasAnswers)
    }

    @Test func whatPassesIsAskedAgain() {
        #expect(
            BatchProspect(.unreachable(url: "u", reason: "r"), hasAnswers: true) == .later(leaderIsAway: true))
        #expect(BatchProspect(.untrusted(url: "u"), hasAnswers: false) == .later(leaderIsAway: true))
        #expect(BatchProspect(.interrupted, hasAnswers: true) == .later(leaderIsAway: false))
        for status in [500, 502, 503, 408, 429] {
            #expect(Self.refused(nil, status) == .later(leaderIsAway: true))
            #expect(Self.refused(.other("about:blank"), status) == .later(leaderIsAway: true))
        }
        #expect(Self.refused(.clocksDiffer) == .later(leaderIsAway: false))
        #expect(Self.refused(.batchInvalid) == .later(leaderIsAway: false))
    }

    @Test func tooFewReportsAreWaitedForAndLostOnesAreNot() {
        for type in [ProblemType.invalidBatchSize, .fewerReportsThanAsked] {
            #expect(Self.refused(type) == .tooFew)
            #expect(Self.refused(type, hasAnswers: true) == .spent)
        }
    }

    @Test(arguments: [ProblemType.batchOverlap, .lateRejectionsExceeded, .walkBoundExceeded, .walkEnded])
    func whatIsUsedUpIsPassedOver(type: ProblemType) {
        #expect(Self.refused(type, hasAnswers: true) == .spent)
        #expect(Self.refused(type) == .spent)
    }

    /// What the next batch would meet too ends the schedule: it would use up one after the other.
    @Test func whatAPersonMustMendStopsIt() {
        for type in [
            ProblemType.invalidMessage, .unrecognizedTask, .unsupportedExtension, .storeConflict,
            .thresholdBelowMinimum,
        ] {
            #expect(Self.refused(type) == .stopped)
        }
        // A token, also where a type of the protocol is named.
        #expect(Self.refused(nil, 401) == .stopped && Self.refused(.walkEnded, 403) == .stopped)
        // A proxy's own refusal uses up no batch.
        #expect(Self.refused(nil, 400) == .stopped && Self.refused(nil, 413) == .stopped)
        // A job that has failed because of the Helper keeps its failure.
        #expect(Self.refused(nil, 500, party: .helper, hasAnswers: true) == .stopped)
        for error in [
            CollectorError.thresholdTooLow(votes: 1, minimum: 2, reports: 3), .malformedAnswer("x"),
            .shareDoesNotOpen(.helper), .inconsistent("x"), .outOfBounds(candidates: 1, maximum: 0, threshold: nil),
        ] {
            #expect(BatchProspect(error, hasAnswers: true) == .stopped)
        }
    }
}
