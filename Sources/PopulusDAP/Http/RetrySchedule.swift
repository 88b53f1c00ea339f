/// When a request is sent again that has failed for a reason that may pass: after longer pauses each time, and not before
/// the server wants it.
package struct RetrySchedule: Sendable {
    /// How patient who asks is.
    package struct Policy: Hashable, Sendable {
        /// The pause after the first failure; each further one is twice as long.
        package var first: Duration
        /// The longest pause of one's own choice.
        package var longest: Duration
        /// The longest pause that a server can ask for.
        package var longestAsked: Duration
        /// The greatest part of a pause of one's own choice that chance takes away, so that the many who failed together do
        /// not come back together; 0...1.
        package var jitter: Double

        package init(first: Duration, longest: Duration, longestAsked: Duration, jitter: Double = 0) {
            self.first = first
            self.longest = longest
            self.longestAsked = longestAsked
            self.jitter = jitter
        }

        /// For commands: many clients ask one Leader.
        package static let command = Policy(
            first: .milliseconds(100), longest: .seconds(8), longestAsked: .seconds(30), jitter: 0.2)
    }

    private let policy: Policy
    private var next: Duration

    package init(_ policy: Policy) {
        self.policy = policy
        next = min(policy.first, policy.longest)
    }

    /// The pause after one more failure.
    ///
    /// - Parameters:
    ///   - asked: what the server asks for.
    ///   - least: what the kind of failure asks for.
    package mutating func pause(asked: Duration? = nil, atLeast least: Duration = .zero) -> Duration {
        let own = next * (policy.jitter > 0 ? Double.random(in: 1 - policy.jitter...1) : 1)
        next = min(next * 2, policy.longest)
        return max(own, min(asked ?? .zero, policy.longestAsked), least)
    }

    /// The pause before a resource that is at work is asked for again: what was wanted, within reason.
    package static func poll(after wanted: Duration) -> Duration { min(max(wanted, .milliseconds(20)), .seconds(300)) }
}
