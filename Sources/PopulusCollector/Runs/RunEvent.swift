import PopulusDAP
import PopulusEvents
import PopulusHTTPRequests

/// What the events of both kinds of runs have in common: a run waits, and ends.
protocol RunEvent: Sendable {
    /// What a run comes to.
    associatedtype Outcome

    static func waiting(_ what: Waiting) -> Self
    static func waitIsOver(_ what: Waiting) -> Self
    static func finished(_ outcome: Outcome) -> Self
    static func failed(_ error: CollectorError) -> Self

    /// Whether it tells that the end of an interval is waited for, which comes again every second.
    var isIntervalWait: Bool { get }
}

extension RunEvent {
    init(_ change: WaitingChange) {
        self =
            switch change {
            case .waiting(let what): .waiting(what)
            case .isOver(let what): .waitIsOver(what)
            }
    }
}

extension Listeners where Event: RunEvent {
    /// Closes what a run has open, and then tells how it ended.
    ///
    /// - Parameter outcome: nothing where there was nothing to run.
    func end(
        _ watch: LeaderWatch, _ requester: DAPRequester, with outcome: Result<Event.Outcome, CollectorError>?
    ) async {
        await watch.end()
        await requester.shutdown()
        switch outcome {
        case .success(let result): hear(.finished(result))
        case .failure(let error): hear(.failed(error))
        case nil: break
        }
    }
}

extension DAPRequester {
    /// Sees whether a Leader is there: one that is not should not leave a job behind that must be gone on with.
    func checkLeader(of task: TaskConfiguration) async throws(CollectorError) {
        do throws(DAPRequestError) { try await probe(task) } catch { throw CollectorError(error) }
    }
}
