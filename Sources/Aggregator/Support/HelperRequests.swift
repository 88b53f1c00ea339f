import DAP
import Logging

/// How a Leader asks the Helper: again and again while nothing but the way there is the trouble.
struct HelperRequests: Sendable {
    let clock: any AggregatorClock
    let firstPause: Duration
    let longestPause: Duration
    let logger: Logger

    init(_ settings: AggregatorSettings, clock: any AggregatorClock, logger: Logger) {
        self.clock = clock
        firstPause = settings.firstRetryPause
        longestPause = settings.longestRetryPause
        self.logger = logger
    }

    /// Repeats a request with the same bytes until it is answered or refused.
    ///
    /// - Parameters:
    ///   - subject: what the request is for, for the log.
    ///   - checkNeeded: throws once the answer is of no more use.
    /// - Throws: `PeerError.problem`, what `checkNeeded` throws, `CancellationError`.
    func repeating<T: Sendable>(
        _ what: StaticString, for subject: String, checkNeeded: () async throws -> Void,
        _ body: () async throws(PeerError) -> T
    ) async throws -> T {
        var pause = firstPause
        while true {
            try Task.checkCancellation()
            do throws(PeerError) {
                return try await body()
            } catch {
                guard case .transient(let reason, let retryAfter) = error else { throw error }
                logger.notice(
                    "the Helper does not answer as it should; trying again",
                    metadata: ["request": "\(what)", "for": "\(subject)", "reason": "\(reason)"])
                try await checkNeeded()
                try await clock.sleep(for: max(pause, min(retryAfter ?? .zero, longestPause)))
                pause = min(pause * 2, longestPause)
            }
        }
    }
}
