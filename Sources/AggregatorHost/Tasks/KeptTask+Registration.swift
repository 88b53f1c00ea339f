import Aggregator
import PopulusDAP
import PopulusTaskFiles

extension KeptTask {
    /// A registration as a store keeps it.
    ///
    /// - Parameter added: seconds since the Epoch.
    init(_ task: TaskRegistration, added: UInt64) {
        var secrets = task.hpkeKeys.map { TaskSecret(.hpkeKey, label: $0.config.encoded(), bytes: $0.privateKeyBytes) }
        secrets += task.verifyKeys.map { TaskSecret(.verifyKey, label: [$0.id], bytes: $0.bytes) }
        if let token = task.aggregatorToken { secrets.append(TaskSecret(.aggregatorToken, bytes: Array(token.utf8))) }
        if let digest = task.leaderTokenDigest { secrets.append(TaskSecret(.leaderToken, bytes: digest)) }
        if let digest = task.collectorTokenDigest { secrets.append(TaskSecret(.collectorToken, bytes: digest)) }
        secrets += task.uploadTokens.map { token in
            TaskSecret(.uploadToken, label: Self.label(of: token), bytes: token.digest)
        }
        self.init(
            id: task.taskID, configuration: task.configuration.encoded(),
            configurationDigest: task.configuration.storeDigest, codePoints: task.walkCodePoints,
            clockSkew: task.clockSkew, collectorConfig: task.collectorHpkeConfig.encoded(), added: added,
            secrets: secrets, reportExpiry: task.reportExpiry)
    }

    private static func label(of token: TaskFile.UploadToken) -> [UInt8] {
        let added = token.added ?? 0
        return (0..<8).map { UInt8(truncatingIfNeeded: added >> (56 - 8 * $0)) } + Array(token.name.utf8)
    }

    private static func uploadToken(_ secret: TaskSecret) -> TaskFile.UploadToken {
        let added = secret.label.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return TaskFile.UploadToken(
            digest: secret.bytes, name: String(decoding: secret.label.dropFirst(8), as: UTF8.self),
            added: added == 0 ? nil : added)
    }

    /// The registration that was kept, with the keys and tokens of a moment: of several keys with one ID that which is used
    /// latest.
    ///
    /// - Parameter role: the store's.
    /// - Throws: `StoreError.damaged`.
    func registration(as role: Role, at now: UInt64) throws(StoreError) -> TaskRegistration {
        func all(_ kind: TaskSecret.Kind) -> [TaskSecret] { secrets.filter { $0.kind == kind } }
        // What does not decode is missing, which is seen below.
        let keys = secrets.keysInOrderOfUse.compactMap(\.keyPair)
        var ids: Set<UInt8> = []
        // Whatever is wrong with them: they were right when they were stored.
        guard let configuration = try? TaskConfiguration(decoding: self.configuration),
            let collector = try? HpkeConfig(decoding: collectorConfig), keys.count == all(.hpkeKey).count,
            configuration.storeDigest == configurationDigest,
            let task = try? TaskRegistration(
                role: role, taskID: id, configuration: configuration, walkCodePoints: codePoints, clockSkew: clockSkew,
                collectorHpkeConfig: collector,
                verifyKeys: all(.verifyKey).map { .init(id: $0.label.first ?? 0, bytes: $0.bytes) },
                hpkeKeys: keys.filter { ids.insert($0.config.id).inserted },
                aggregatorToken: secrets.shownToken(at: now),
                leaderTokenDigest: all(.leaderToken).first?.bytes,
                collectorTokenDigest: all(.collectorToken).first?.bytes,
                uploadTokens: all(.uploadToken).map(Self.uploadToken), reportExpiry: reportExpiry)
        else { throw .damaged("what is kept of task \(id) does not decode") }
        return task
    }
}
