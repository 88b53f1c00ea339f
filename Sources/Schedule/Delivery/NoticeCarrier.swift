import PopulusDAP

/// Brings a notice to whoever wants to know.
package protocol NoticeCarrier: Sendable {
    /// Tries once, in a time that has a bound.
    ///
    /// - Parameter path: the file that holds the body.
    func carry(id: String, body: [UInt8], path: String) async -> NoticeAttempt

    /// Closes what is open; nothing is carried afterwards.
    func shutdown() async
}

/// What came of one attempt.
package enum NoticeAttempt: Hashable, Sendable {
    case delivered
    /// It may work later, for this reason; after which pause, if the receiver says so.
    case later(String, retryAfter: Duration?)
    /// The same would come of it again, for this reason.
    case refused(String)
}

/// How long deliveries are tried.
package struct DeliveryBounds: Hashable, Sendable {
    /// One notice in one go, in seconds; what was not delivered then waits for the next go.
    package var patience: Double
    /// A notice that is older is given up, in seconds.
    package var age: UInt64
    /// The pauses between attempts.
    package var pauses: RetrySchedule.Policy

    package init(patience: Double, age: UInt64, pauses: RetrySchedule.Policy) {
        (self.patience, self.age, self.pauses) = (patience, age, pauses)
    }

    package static let usual = DeliveryBounds(
        patience: 600, age: 86_400,
        pauses: RetrySchedule.Policy(
            first: .seconds(1), longest: .seconds(60), longestAsked: .seconds(120), jitter: 0.5))
}
