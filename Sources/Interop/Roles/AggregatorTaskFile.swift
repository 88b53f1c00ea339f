import PopulusDAP
import PopulusTaskFiles
import PopulusWireCodec

extension AggregatorTaskCommand {
    /// The command as the role's file that `task new` would have made.
    func taskFile(key: HpkeKeyPair) throws(InteropError) -> TaskFile {
        guard [nil, 1].contains(maxBatchQueryCount) else {
            throw .refused("max_batch_query_count is 1: DAP-18 aggregates a report once")
        }
        let configuration = try task.configuration()
        let secrets = try secrets(key)
        do throws(TaskFileError) {
            return try TaskFile(
                taskID: task.taskID, configuration: configuration,
                encoding: TaskFile.encoding(boundIn: configuration), secrets: secrets)
        } catch {
            throw .refused("\(error)")
        }
    }

    private func secrets(_ key: HpkeKeyPair) throws(InteropError) -> TaskFile.Secrets {
        // Whether it decodes or is of other algorithms: no result could be sealed to it.
        guard let config = try? HpkeConfig(decoding: collectorHpkeConfig.bytes), config.isSupported else {
            throw .refused("collector_hpke_config is no HPKE configuration with algorithms that are known here")
        }
        guard verifyKey.bytes.count == 32 else { throw .refused("vdaf_verify_key has 32 bytes") }
        let verifyKeys = [TaskFile.VerifyKey(id: verificationKeyID, bytes: verifyKey.bytes)]
        let token = try Self.usable(leaderToken, "leader_authentication_token")
        switch role {
        case .leader:
            guard let collectorToken else { throw .refused("the Leader needs collector_authentication_token") }
            return .leader(
                TaskFile.LeaderSecrets(
                    hpkeKey: key, collectorHpkeConfig: config, verifyKeys: verifyKeys, aggregatorToken: token,
                    collectorToken: try Self.usable(collectorToken, "collector_authentication_token")))
        case .helper:
            return .helper(
                TaskFile.HelperSecrets(
                    hpkeKey: key, collectorHpkeConfig: config, verifyKeys: verifyKeys, aggregatorToken: token))
        }
    }

    private static func usable(_ token: String, _ name: String) throws(InteropError) -> String {
        guard DraftToken.isUsable(token) else {
            throw .refused("\(name): a token has printable characters and no spaces")
        }
        return token
    }
}
