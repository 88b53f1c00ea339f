import DAP

/// Requests whose answer is waited for, whether the Helper gives it at once or works at it in the background.
///
/// Spec: DAP §3.1
extension HelperPeer {
    /// Creates an aggregation job and waits for the answer to its initialisation.
    func createdAggregationJob(
        task: TaskID, body: [UInt8], on clock: any AggregatorClock
    ) async throws(PeerError) -> (id: AggregationJobID, body: [UInt8]) {
        let answer = try await createAggregationJob(task: task, body: body)
        let ready = try await ready(answer, on: clock) { id async throws(PeerError) in
            try await aggregationJob(task: task, id: id, step: 0)
        }
        return (answer.id, ready)
    }

    /// Posts to an aggregation job and waits for the answer; `step` is the request's.
    func postedAggregationJob(
        task: TaskID, id: AggregationJobID, step: UInt16, mediaType: MediaType, body: [UInt8],
        on clock: any AggregatorClock
    ) async throws(PeerError) -> [UInt8] {
        let answer = try await postAggregationJob(task: task, id: id, mediaType: mediaType, body: body)
        return try await ready(answer, on: clock) { id async throws(PeerError) in
            try await aggregationJob(task: task, id: id, step: step)
        }
    }

    /// Asks for an aggregate share and waits for it while it is needed.
    func createdAggregateShare(
        task: TaskID, mediaType: MediaType, body: [UInt8], on clock: any AggregatorClock,
        isNeeded: () async -> Bool = { true }
    ) async throws(PeerError) -> (id: AggregateShareID, body: [UInt8]) {
        let answer = try await createAggregateShare(task: task, mediaType: mediaType, body: body)
        let ready = try await ready(answer, on: clock) { id async throws(PeerError) in
            guard await isNeeded() else { throw .transient(reason: "nobody waits for it any more", retryAfter: nil) }
            return try await aggregateShare(task: task, id: id)
        }
        return (answer.id, ready)
    }

    /// Polls until there is a representation.
    ///
    /// Gives up, to be tried again, after ``Polling/greatestCount`` polls and when the calling task is cancelled.
    private func ready<ID: OpaqueID>(
        _ answer: HelperAnswer<ID>, on clock: any AggregatorClock,
        _ poll: (ID) async throws(PeerError) -> HelperAnswer<ID>
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
        guard let retryAfter else { return min(.milliseconds(50) * (count + 1), .seconds(5)) }
        return min(max(retryAfter, .milliseconds(20)), .seconds(300))
    }
}
