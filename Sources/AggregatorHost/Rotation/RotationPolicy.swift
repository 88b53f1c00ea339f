import Aggregator
import PopulusDAP

/// How the keys of tasks that the store keeps come and go.
package struct RotationPolicy: Sendable {
    /// How long a new key is known before clients are told of it, in seconds.
    package var pending: UInt64
    /// A task's key is replaced when it has been in use for so long, in seconds; nothing for by command only.
    package var period: UInt64?
    /// For how long uploads may be sealed to a key that clients are not told of any more, in seconds; nothing for ever.
    ///
    /// Then it is erased, once no report that is stored may need it.
    package var keep: UInt64?

    /// The least that ``pending`` may be: several times as long as processes take to hear of each other's changes.
    package static let leastPending: UInt64 = 10
    /// What is left between the last upload that is taken and the look at what is stored, for clocks that differ and requests
    /// that take long, in seconds.
    package static let slack: UInt64 = 86_400
    /// How long a process waits before it tells clients of a key that it has just heard of, whatever its clock says: the
    /// others are to have heard of it too.
    package var settling = Duration.seconds(5)

    /// What is usual, but for what is given.
    ///
    /// Clients may keep what they were told for a day, and sealed reports for two weeks, unless an app says otherwise. A Helper
    /// does not know for how long reports wait at the Leader.
    package init(role: Role, pending: UInt64 = 3600, period: UInt64? = nil, keep: UInt64? = nil) {
        (self.pending, self.period) = (max(pending, Self.leastPending), period)
        self.keep = keep ?? (role == .leader ? 30 * 86_400 : nil)
    }
}

/// What a key of a task is used for.
package enum KeyState: String, Sendable, Codable {
    /// It opens, and clients are not told of it yet.
    case pending
    /// Clients are told of it.
    case active
    /// It opens what comes, and clients are told of another one.
    case expired
    /// It opens what is stored, and no upload may be sealed to it.
    case closed
}

extension SecretTimes {
    /// A token that is not shown yet.
    static let never = UInt64(Int64.max)

    /// What a key with these times is used for.
    func keyState(at now: UInt64, _ policy: RotationPolicy) -> KeyState {
        guard now >= since else { return .pending }
        guard let until, now >= until else { return .active }
        guard let keep = policy.keep, now >= until.adding(keep) else { return .expired }
        return .closed
    }

    /// Whether a key with these times may be erased, once nothing that is stored needs it.
    func isErasable(at now: UInt64, _ policy: RotationPolicy) -> Bool {
        guard let until, let keep = policy.keep else { return false }
        return now >= until.adding(keep).adding(RotationPolicy.slack)
    }

    /// Whether a token that is checked is valid.
    func isValid(at now: UInt64) -> Bool { until.map { now < $0 } ?? true }
}

extension UInt64 {
    /// The sum, at most the greatest.
    func adding(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
