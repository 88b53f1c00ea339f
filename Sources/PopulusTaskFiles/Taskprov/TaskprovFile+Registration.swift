import PopulusDAP
import PopulusVDAF

extension TaskprovFile {
    /// The peer of a task whose aggregators are this one and that.
    package func peer(of task: TaskConfiguration) throws(TaskprovRefusal) -> TaskprovPeer {
        let (own, other) =
            role == .leader ? (task.leaderEndpoint, task.helperEndpoint) : (task.helperEndpoint, task.leaderEndpoint)
        // Whatever is wrong with them: they are not the URLs that were agreed.
        guard let own = try? AggregatorURL(String(decoding: own, as: UTF8.self)), own.isSame(as: url),
            let other = try? AggregatorURL(String(decoding: other, as: UTF8.self)),
            let peer = peers.first(where: { other.isSame(as: $0.url) })
        else { throw .stranger }
        return peer
    }

    /// What this aggregator serves a task by that a request brings, if it takes part in it.
    ///
    /// - Parameter now: seconds since the Epoch.
    package func registration(
        of task: TaskAdvertisement, at now: UInt64
    ) throws(TaskprovRefusal) -> TaskRegistration {
        guard let configuration = task.configuration else { throw .notImplemented }
        let peer = try peer(of: configuration)
        try peer.limits.check(configuration, at: now)
        // All VDAFs of the draft have keys of one length.
        let key = peer.seed.verifyKey(for: task.taskID, size: Poplar1.verifyKeySize)
        return try registration(
            of: task.taskID, configuration, with: peer, hpkeKeys,
            verifyKeys: [.init(id: peer.verifyKeyID, bytes: key)], reportExpiry: nil)
    }

    /// The same task with what the file says today in place of what it said when the task was taken up.
    ///
    /// The verification keys are the task's own: with others than its first ones no report of it would be valid.
    ///
    /// - Returns: nothing for a task that no request has brought, or whose peer the file has no more.
    package func renewed(_ task: TaskRegistration) -> TaskRegistration? {
        guard task.configuration.advertisedTaskID == task.taskID else { return nil }
        // Whoever takes a peer out of the file keeps its tasks as they were.
        guard let peer = try? peer(of: task.configuration) else { return nil }
        return try? registration(
            of: task.taskID, task.configuration, with: peer, hpkeKeys, verifyKeys: task.verifyKeys,
            reportExpiry: task.reportExpiry)
    }

    private func registration(
        of task: TaskID, _ configuration: TaskConfiguration, with peer: TaskprovPeer, _ keys: [HpkeKeyPair],
        verifyKeys: [TaskFile.VerifyKey], reportExpiry: UInt64?
    ) throws(TaskprovRefusal) -> TaskRegistration {
        do throws(TaskFileError) {
            return try TaskRegistration(
                role: role, taskID: task, configuration: configuration, walkCodePoints: .provisional,
                clockSkew: clockSkew, collectorHpkeConfig: peer.collectorHpkeConfig,
                verifyKeys: verifyKeys, hpkeKeys: keys,
                aggregatorToken: peer.aggregatorToken, leaderTokenDigest: peer.leaderTokenDigest,
                collectorTokenDigest: peer.collectorTokenDigest, uploadTokens: peer.uploadTokens,
                reportExpiry: reportExpiry)
        } catch {
            throw .other("\(error)")
        }
    }
}

extension AggregatorURL {
    /// Whether both are one address of one scheme.
    fileprivate func isSame(as other: AggregatorURL) -> Bool {
        isSecure == other.isSecure && host == other.host && effectivePort == other.effectivePort && path == other.path
    }
}
