import DAP
import Logging

/// How a Leader asks the Helper: again and again while nothing but the way there is the trouble.
struct HelperRequests: Sendable {
    let clock: any AggregatorClock
    let firstPause: Duration
    let longestPause: Duration
    let watch: PeerWatch
    let logger: Logger

    init(_ settings: AggregatorSettings, clock: any AggregatorClock, watch: PeerWatch, logger: Logger) {
        self.clock = clock
        firstPause = settings.firstRetryPause
        longestPause = settings.longestRetryPause
        self.watch = watch
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
        let request = watch.beginRequest()
        var isAnswered = false
        defer { watch.ended(request, answered: isAnswered) }
        var pause = firstPause
        while true {
            try Task.checkCancellation()
            do throws(PeerError) {
                let answer = try await body()
                isAnswered = true
                return answer
            } catch {
                let (reason, wanted) = error.retry(longestPause)
                isAnswered = reason == nil
                guard let reason else { throw error }
                watch.failed(request, reason, isCertain: wanted > longestPause)
                logger.debug(
                    "a request is sent again",
                    metadata: ["request": "\(what)", "for": "\(subject)", "reason": "\(reason)"])
                try await checkNeeded()
                try await clock.sleep(for: max(pause, wanted))
                pause = min(pause * 2, longestPause)
            }
        }
    }
}

extension PeerError {
    /// Why a request is to be sent again, and after which pause at least; no reason if it is not.
    fileprivate func retry(_ longestPause: Duration) -> (reason: String?, pause: Duration) {
        switch self {
        case .problem: (nil, .zero)
        case .transient(let reason, let retryAfter): (reason, min(retryAfter ?? .zero, longestPause))
        // A body of many megabytes: seldom.
        case .tooLarge(let reason): (reason, longestPause * 12)
        }
    }
}
