import Logging
import PopulusDAP

/// How a Leader asks its Helper: again and again, with the same bytes, while nothing but the way there is the trouble.
struct HelperLink: Sendable {
    /// For what is asked once, whatever comes of it.
    let peer: any HelperPeer
    private let task: TaskID
    private let clock: any AggregatorClock
    private let policy: RetrySchedule.Policy
    let watch: PeerWatch
    private let logger: Logger

    init(_ peer: any HelperPeer, _ core: AggregatorCore) {
        self.peer = peer
        (task, clock, logger) = (core.task.id, core.machine.clock, core.machine.logger)
        // There is one Leader: nobody comes back together with it, and it looks sooner than a Helper may ask.
        policy = RetrySchedule.Policy(
            first: core.settings.firstRetryPause, longest: core.settings.longestRetryPause,
            longestAsked: core.settings.longestRetryPause)
        watch = PeerWatch(of: task, clock: clock, logger: logger)
    }

    /// Asks until there is an answer.
    ///
    /// - Throws: `Failure.refusedByHelper`, what the purpose's check throws, `CancellationError`.
    func asking<T: Sendable>(
        _ what: StaticString, for purpose: Purpose, _ body: () async throws(PeerError) -> T
    ) async throws -> T {
        let request = watch.beginRequest()
        var isAnswered = false
        defer { watch.ended(request, answered: isAnswered) }
        var schedule = RetrySchedule(policy)
        while true {
            try Task.checkCancellation()
            do throws(PeerError) {
                let answer = try await body()
                isAnswered = true
                return answer
            } catch {
                if case .problem(let problem, let status) = error {
                    isAnswered = true
                    throw Failure.refusedByHelper(problem, status: status)
                }
                let (reason, asked, isLarge) = error.facts
                watch.failed(request, reason, isCertain: isLarge)
                logger.debug(
                    "a request is sent again",
                    metadata: ["request": "\(what)", "for": "\(purpose.subject)", "reason": "\(reason)"])
                try await purpose.check()
                // A body of many megabytes: seldom.
                let least = isLarge ? policy.longest * 12 : .zero
                try await clock.sleep(for: schedule.pause(asked: asked, atLeast: least))
            }
        }
    }
}

/// What the Helper is asked for.
struct Purpose: Sendable {
    /// For the log.
    let subject: String
    /// Throws once the answer is of no more use.
    var check: @Sendable () async throws -> Void = {}
}

extension HelperLink {
    /// The Helper's clock; nothing where it does not say.
    func clock(for purpose: Purpose, isAnew: Bool = false) async throws -> HelperClock? {
        try await asking("the Helper's clock", for: purpose) { () async throws(PeerError) in
            try await peer.clock(task: task, isAnew: isAnew)
        }
    }

    /// Creates an aggregation job; gives the answer to its initialisation.
    func createJob(_ body: [UInt8], for purpose: Purpose) async throws -> (id: AggregationJobID, body: [UInt8]) {
        try await asking("create aggregation job", for: purpose) { () async throws(PeerError) in
            let answer = try await peer.createAggregationJob(task: task, body: body)
            return (answer.id, try await ready(answer, step: 0))
        }
    }

    /// Posts to an aggregation job; `step` is the request's.
    func postJob(
        _ id: AggregationJobID, step: UInt16, _ mediaType: MediaType, _ body: [UInt8], for purpose: Purpose
    ) async throws -> [UInt8] {
        try await asking("post to aggregation job", for: purpose) { () async throws(PeerError) in
            try await ready(
                try await peer.postAggregationJob(task: task, id: id, mediaType: mediaType, body: body), step: step)
        }
    }

    /// Posts to an aggregation job what is not waited for.
    func postJobOnce(
        _ id: AggregationJobID, _ mediaType: MediaType, _ body: [UInt8], for purpose: Purpose
    ) async throws -> AggregationJobAnswer {
        try await asking("post to aggregation job", for: purpose) { () async throws(PeerError) in
            try await peer.postAggregationJob(task: task, id: id, mediaType: mediaType, body: body)
        }
    }

    /// The Helper's aggregate share.
    func share(
        _ mediaType: MediaType, _ body: [UInt8], for purpose: Purpose
    ) async throws -> (id: AggregateShareID, share: HpkeCiphertext) {
        let (id, body) = try await asking("aggregate share", for: purpose) { () async throws(PeerError) in
            let answer = try await peer.createAggregateShare(task: task, mediaType: mediaType, body: body)
            let ready = try await ready(answer) { id async throws(PeerError) in
                // What the check throws `asking` hears from it again.
                do { try await purpose.check() } catch {
                    throw .transient(reason: "nobody waits for it any more", retryAfter: nil)
                }
                return try await peer.aggregateShare(task: task, id: id)
            }
            return (answer.id, ready)
        }
        return (id, try AggregateShare(answer: body, what: "the aggregate share").encryptedAggregateShare)
    }
}

/// Requests whose answer is waited for, whether the Helper gives it at once or works at it in the background.
///
/// Spec: DAP §3.1
extension HelperLink {
    private func ready(_ answer: AggregationJobAnswer, step: UInt16) async throws(PeerError) -> [UInt8] {
        try await ready(answer) { id async throws(PeerError) in
            try await peer.aggregationJob(task: task, id: id, step: step)
        }
    }

    /// Polls until there is a representation.
    ///
    /// Gives up, to be tried again, after ``Polling/greatestCount`` polls and when the calling task is cancelled.
    private func ready<ID: OpaqueID>(
        _ answer: HelperAnswer<ID>, _ poll: (ID) async throws(PeerError) -> HelperAnswer<ID>
    ) async throws(PeerError) -> [UInt8] {
        var answer = answer
        for count in 0..<Polling.greatestCount {
            guard case .processing(let retryAfter) = answer.state else { break }
            do { try await clock.sleep(for: Polling.pause(retryAfter, afterPolls: count)) } catch {
                throw .transient(reason: "no more time to wait for it", retryAfter: nil)
            }
            answer = try await poll(answer.id)
        }
        guard case .ready(let body, _) = answer.state else {
            throw .transient(reason: "it is still at work", retryAfter: nil)
        }
        return body
    }
}

/// How the Leader polls.
private enum Polling {
    static let greatestCount = 100

    /// What the Helper asks for, within reason; where it asks for nothing, longer each time.
    static func pause(_ retryAfter: Duration?, afterPolls count: Int) -> Duration {
        RetrySchedule.poll(after: retryAfter ?? min(.milliseconds(50) * (count + 1), .seconds(5)))
    }
}

extension PeerError {
    /// Why a request is to be sent again, which pause the Helper asks for, and whether the request is too large.
    fileprivate var facts: (reason: String, asked: Duration?, isLarge: Bool) {
        switch self {
        case .problem(let problem, _): (problem.detail ?? "", nil, false)
        case .transient(let reason, let retryAfter): (reason, retryAfter, false)
        case .tooLarge(let reason): (reason, nil, true)
        }
    }
}
