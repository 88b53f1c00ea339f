import DAP
import Logging

/// How the Leader asks the Helper: again and again while nothing but the way there is the trouble.
extension WalkLeader {
    /// Repeats a request with the same bytes until it is answered, refused, or the walk's life is over.
    func asking<T: Sendable>(
        _ what: StaticString, for walk: WalkRecord, _ body: @Sendable () async throws(PeerError) -> T
    ) async throws -> T {
        do {
            return try await HelperRequests(settings, clock: clock, watch: watch, logger: logger).repeating(
                what, for: "walk \(walk.id)", checkNeeded: { try await checkAlive(walk) }, body)
        } catch PeerError.problem(let problem, let status) {
            throw StepFailure.refusedByHelper(problem, status: status)
        }
    }

    func checkAlive(_ walk: WalkRecord) async throws {
        if let end = try await store.read("walk's end", { try $0.walk(walk.id)?.end }) {
            throw StepFailure.refused(.ended(end))
        }
        let limit = walkTask.rules.greatestAgeSeconds
        if walk.age(at: clock.now) > limit { throw StepFailure.refused(.lifeExceeded(limitSeconds: limit)) }
    }
}

extension WalkRules {
    /// The age at which a walk ends whatever it is at: a leaf step may start until twice `max_life`, and gets as long
    /// again to finish.
    var greatestAgeSeconds: UInt64 {
        let (product, overflow) = maxLifeSeconds.multipliedReportingOverflow(by: 3)
        return overflow ? .max : product
    }
}
