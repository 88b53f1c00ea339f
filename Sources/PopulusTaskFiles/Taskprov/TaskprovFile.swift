import PopulusDAP

/// What an aggregator needs to take up tasks that requests bring: agreed beforehand with each aggregator that it works with.
///
/// None of it is a task's: the keys that clients seal to, what the two aggregators derive verification keys from, the tokens by
/// which requests are known, and the Collector's key are the same for all tasks of a peer.
///
/// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3
package struct TaskprovFile: Sendable {
    /// `.leader` or `.helper`.
    package let role: Role
    /// This aggregator's base URL.
    package let url: AggregatorURL
    /// What clients seal to, in decreasing order of preference, at least one.
    package let hpkeKeys: [HpkeKeyPair]
    /// How far ahead of this aggregator's clock a report's time may be, in seconds.
    package let clockSkew: UInt64
    /// How long after its end a task may still be collected, in seconds; then its work is over.
    package let keepAfterEnd: UInt64
    /// The aggregators of the other role that tasks are taken up with, each at another URL.
    package let peers: [TaskprovPeer]

    /// Two weeks.
    package static let defaultKeepAfterEnd: UInt64 = 14 * 86_400

    /// - Throws: `inconsistent`.
    package init(
        role: Role, url: AggregatorURL, hpkeKeys: [HpkeKeyPair], clockSkew: UInt64 = TaskFile.defaultClockSkew,
        keepAfterEnd: UInt64 = defaultKeepAfterEnd, peers: [TaskprovPeer]
    ) throws(TaskFileError) {
        guard role == .leader || role == .helper else { throw .inconsistent("its role is no aggregator's") }
        guard !hpkeKeys.isEmpty, Set(hpkeKeys.map(\.config.id)).count == hpkeKeys.count else {
            throw .inconsistent("its hpke_keys are none, or have one id twice")
        }
        guard TaskFile.clockSkews.contains(clockSkew) else {
            throw .inconsistent("its clock_skew is \(clockSkew) seconds, and can be 1 to 86400")
        }
        guard keepAfterEnd <= 3660 * 86_400 else { throw .inconsistent("its keep_after_end is above ten years") }
        guard !peers.isEmpty else { throw .inconsistent("it has no peers: nobody's tasks could be taken up") }
        for (index, peer) in peers.enumerated() {
            guard !peer.url.leadsToSame(as: url) else {
                throw .inconsistent("a peer has this aggregator's own URL: one party would hold both shares")
            }
            guard !peers[..<index].contains(where: { $0.url.leadsToSame(as: peer.url) }) else {
                throw .inconsistent("two of its peers have one URL")
            }
            try peer.check(besides: role)
        }
        (self.role, self.url, self.hpkeKeys) = (role, url, hpkeKeys)
        (self.clockSkew, self.keepAfterEnd, self.peers) = (clockSkew, keepAfterEnd, peers)
    }
}

/// An aggregator of the other role, with whom tasks are taken up.
package struct TaskprovPeer: Sendable {
    /// Its base URL.
    package let url: AggregatorURL
    /// What the verification keys are made of.
    package let seed: VerifyKeySeed
    /// The identifier of these keys in aggregation jobs, which both aggregators agree on.
    package let verifyKeyID: UInt8
    /// What a Leader shows this Helper; nothing in a Helper's file.
    package let aggregatorToken: String?
    /// SHA-256 of what this Leader shows a Helper; nothing in a Leader's file.
    package let leaderTokenDigest: [UInt8]?
    /// The key that results are sealed to.
    package let collectorHpkeConfig: HpkeConfig
    /// SHA-256 of what the Collector shows a Leader; nothing in a Helper's file.
    package let collectorTokenDigest: [UInt8]?
    /// Of which a client shows a Leader one; none where anybody may bring tasks and reports.
    package let uploadTokens: [TaskFile.UploadToken]
    package let limits: TaskprovLimits

    package init(
        url: AggregatorURL, seed: VerifyKeySeed, verifyKeyID: UInt8 = 0, aggregatorToken: String?,
        leaderTokenDigest: [UInt8]?, collectorHpkeConfig: HpkeConfig, collectorTokenDigest: [UInt8]?,
        uploadTokens: [TaskFile.UploadToken] = [], limits: TaskprovLimits
    ) {
        (self.url, self.seed, self.verifyKeyID) = (url, seed, verifyKeyID)
        (self.aggregatorToken, self.leaderTokenDigest) = (aggregatorToken, leaderTokenDigest)
        (self.collectorHpkeConfig, self.collectorTokenDigest) = (collectorHpkeConfig, collectorTokenDigest)
        (self.uploadTokens, self.limits) = (uploadTokens, limits)
    }

    /// Sees that there is what an aggregator of a role needs.
    fileprivate func check(besides role: Role) throws(TaskFileError) {
        let isComplete =
            role == .leader
            ? aggregatorToken != nil && collectorTokenDigest != nil && leaderTokenDigest == nil
            : leaderTokenDigest != nil && aggregatorToken == nil && collectorTokenDigest == nil
        guard isComplete else {
            throw .inconsistent(
                role == .leader
                    ? "a Leader's peer has an aggregator_token and a collector_token_sha256"
                    : "a Helper's peer has an aggregator_token_sha256, and no token of the Collector's")
        }
        guard role == .leader || uploadTokens.isEmpty else { throw .inconsistent("nobody uploads to a Helper") }
        let ranges = [limits.maxTasks, limits.maxTasksPerDay]
        guard ranges.allSatisfy({ (1...100_000).contains($0) }), limits.maxEpsilon.map({ $0 > 0 }) ?? true else {
            throw .inconsistent("a peer's limits have a number that is out of range")
        }
    }
}

// A key or a token never shows in a description, a log or a failed test.
extension TaskprovFile: CustomStringConvertible, CustomReflectable {
    package var description: String { "TaskprovFile(\(role.name))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension TaskprovPeer: CustomStringConvertible, CustomReflectable {
    package var description: String { "TaskprovPeer(\(url.text))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
