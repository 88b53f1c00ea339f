import Crypto
import PopulusDAP

/// A task as one aggregator is asked to take it up while it runs: with that aggregator's secrets only.
///
/// What an aggregator can draw for itself may be left out, so that nobody else ever has it. Of what others show it there are
/// digests, from which nobody makes a token.
package struct TaskRegistration: Sendable {
    /// `.leader` or `.helper`.
    package let role: Role
    package let taskID: TaskID
    package let configuration: TaskConfiguration
    package let walkCodePoints: WalkCodePoints
    /// How far ahead of the aggregator's clock a report's time may be, in seconds.
    package let clockSkew: UInt64
    /// How old a report may be, in seconds; nothing where it may have any age.
    package let reportExpiry: UInt64?
    package let collectorHpkeConfig: HpkeConfig
    package let verifyKeys: [TaskFile.VerifyKey]
    /// What clients' shares are opened with, in decreasing order of preference; none where the aggregator draws one.
    package let hpkeKeys: [HpkeKeyPair]
    /// What a Leader shows its Helper; nothing where the Leader draws it, and for a Helper.
    package let aggregatorToken: String?
    /// SHA-256 of what the Leader shows a Helper; nothing for a Leader.
    package let leaderTokenDigest: [UInt8]?
    /// SHA-256 of what the Collector shows a Leader; nothing for a Helper.
    package let collectorTokenDigest: [UInt8]?
    /// Of which a client shows a Leader one when it uploads; none where anybody may upload.
    package let uploadTokens: [TaskFile.UploadToken]

    /// - Throws: `inconsistent`, `outdated` where the configuration is none that an aggregator serves.
    package init(
        role: Role, taskID: TaskID, configuration: TaskConfiguration, walkCodePoints: WalkCodePoints, clockSkew: UInt64,
        collectorHpkeConfig: HpkeConfig, verifyKeys: [TaskFile.VerifyKey], hpkeKeys: [HpkeKeyPair],
        aggregatorToken: String?, leaderTokenDigest: [UInt8]?, collectorTokenDigest: [UInt8]?,
        uploadTokens: [TaskFile.UploadToken], reportExpiry: UInt64?
    ) throws(TaskFileError) {
        // What a file of the task has to fulfil.
        _ = try TaskFile(
            taskID: taskID, configuration: configuration, encoding: TaskFile.encoding(boundIn: configuration),
            walkCodePoints: walkCodePoints, secrets: .client, collectorHpkeConfig: collectorHpkeConfig,
            clockSkew: clockSkew, reportExpiry: reportExpiry)
        (self.role, self.taskID, self.configuration) = (role, taskID, configuration)
        (self.walkCodePoints, self.clockSkew, self.reportExpiry) = (walkCodePoints, clockSkew, reportExpiry)
        (self.collectorHpkeConfig, self.verifyKeys, self.hpkeKeys) = (collectorHpkeConfig, verifyKeys, hpkeKeys)
        (self.aggregatorToken, self.leaderTokenDigest) = (aggregatorToken, leaderTokenDigest)
        (self.collectorTokenDigest, self.uploadTokens) = (collectorTokenDigest, uploadTokens)
    }

    /// The same with what is drawn where it is missing.
    ///
    /// - Parameter keyIDs: those of other keys of the process, which a new key has not if it can be helped.
    package func completed(besides keyIDs: Set<UInt8>) throws(TaskFileError) -> TaskRegistration {
        let free = (0...UInt8.max).filter { !keyIDs.contains($0) }
        let keys =
            hpkeKeys.isEmpty ? [HpkeKeyPair.generate(id: free.randomElement() ?? .random(in: 0...255))] : hpkeKeys
        let token = role == .leader ? aggregatorToken ?? TaskFile.UploadToken.draw().token : nil
        return try with(hpkeKeys: keys, aggregatorToken: token)
    }

    /// The same with what another one has where this one leaves it open.
    package func completed(like other: TaskRegistration) throws(TaskFileError) -> TaskRegistration {
        try with(
            hpkeKeys: hpkeKeys.isEmpty ? other.hpkeKeys : hpkeKeys,
            aggregatorToken: aggregatorToken ?? other.aggregatorToken)
    }

    /// The same without what the aggregator draws for itself.
    package func withoutDrawn() throws(TaskFileError) -> TaskRegistration {
        try with(hpkeKeys: [], aggregatorToken: nil)
    }

    /// The same with another one's keys and tokens, which have taken the places of the first ones.
    package func with(keysAndTokensOf other: TaskRegistration) throws(TaskFileError) -> TaskRegistration {
        try TaskRegistration(
            role: role, taskID: taskID, configuration: configuration, walkCodePoints: walkCodePoints,
            clockSkew: clockSkew, collectorHpkeConfig: collectorHpkeConfig, verifyKeys: verifyKeys,
            hpkeKeys: other.hpkeKeys, aggregatorToken: other.aggregatorToken,
            leaderTokenDigest: other.leaderTokenDigest, collectorTokenDigest: other.collectorTokenDigest,
            uploadTokens: other.uploadTokens, reportExpiry: reportExpiry)
    }

    /// A Helper's with the digest of a token that its Leader has drawn.
    package func with(leaderTokenDigest: [UInt8]) throws(TaskFileError) -> TaskRegistration {
        try with(hpkeKeys: hpkeKeys, aggregatorToken: aggregatorToken, leaderTokenDigest: leaderTokenDigest)
    }

    private func with(
        hpkeKeys: [HpkeKeyPair], aggregatorToken: String?, leaderTokenDigest: [UInt8]? = nil
    ) throws(TaskFileError) -> TaskRegistration {
        try TaskRegistration(
            role: role, taskID: taskID, configuration: configuration, walkCodePoints: walkCodePoints,
            clockSkew: clockSkew, collectorHpkeConfig: collectorHpkeConfig, verifyKeys: verifyKeys, hpkeKeys: hpkeKeys,
            aggregatorToken: aggregatorToken, leaderTokenDigest: leaderTokenDigest ?? self.leaderTokenDigest,
            collectorTokenDigest: collectorTokenDigest, uploadTokens: uploadTokens, reportExpiry: reportExpiry)
    }

    /// The Leader's base URL.
    package var leaderURL: String { String(decoding: configuration.leaderEndpoint, as: UTF8.self) }

    /// The Helper's base URL.
    package var helperURL: String { String(decoding: configuration.helperEndpoint, as: UTF8.self) }

    /// The task's fingerprint: the same in all of its files, and with the other organisation.
    package var fingerprint: TaskFingerprint {
        TaskFingerprint(taskID: taskID, configuration: configuration, collector: collectorHpkeConfig)
    }

    /// SHA-256 of a token's characters.
    package static func digest(of token: String) -> [UInt8] { TaskFile.UploadToken.digest(of: token) }
}

extension TaskRegistration {
    /// What a Leader's or a Helper's file says.
    ///
    /// - Throws: `inconsistent` for another role's file.
    package init(_ file: TaskFile) throws(TaskFileError) {
        switch file.secrets {
        case .leader(let own):
            try self.init(
                role: .leader, taskID: file.taskID, configuration: file.configuration,
                walkCodePoints: file.walkCodePoints, clockSkew: file.clockSkew,
                collectorHpkeConfig: own.collectorHpkeConfig, verifyKeys: own.verifyKeys, hpkeKeys: own.hpkeKeys,
                aggregatorToken: own.aggregatorToken, leaderTokenDigest: nil,
                collectorTokenDigest: Self.digest(of: own.collectorToken), uploadTokens: own.uploadTokens,
                reportExpiry: file.reportExpiry)
        case .helper(let own):
            try self.init(
                role: .helper, taskID: file.taskID, configuration: file.configuration,
                walkCodePoints: file.walkCodePoints, clockSkew: file.clockSkew,
                collectorHpkeConfig: own.collectorHpkeConfig, verifyKeys: own.verifyKeys, hpkeKeys: own.hpkeKeys,
                aggregatorToken: nil, leaderTokenDigest: Self.digest(of: own.aggregatorToken),
                collectorTokenDigest: nil, uploadTokens: [], reportExpiry: file.reportExpiry)
        case .client, .collector:
            throw .inconsistent("an aggregator takes the Leader's or the Helper's, not the \(file.role.name)'s")
        }
    }
}

// A key or a token never shows in a description, a log or a failed test.
extension TaskRegistration: CustomStringConvertible, CustomReflectable {
    package var description: String { "TaskRegistration(\(role.name) of \(taskID))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
