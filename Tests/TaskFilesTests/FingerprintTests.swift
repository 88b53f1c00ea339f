import PopulusDAP
import PopulusTaskFiles
import Testing

/// The fingerprint as the files of a task show it.
@Suite struct FingerprintTests {
    /// Whoever puts a Collector of his own into one file changes what the telephone hears.
    @Test func allFourFilesShowTheCollectorsKey() throws {
        let (key, other) = (HpkeKeyPair.generate(id: 3), HpkeKeyPair.generate(id: 3))
        func file(_ secrets: TaskFile.Secrets, _ collector: HpkeConfig? = nil) throws -> TaskFile {
            let file = try TaskFile(
                taskID: Sample.taskID, configuration: try Sample.task(),
                encoding: TaskFile.encoding(boundIn: try Sample.task()), secrets: secrets,
                collectorHpkeConfig: collector)
            return try TaskFile(decoding: file.encoded(), path: "PATH")
        }
        func secrets(of collector: HpkeKeyPair) -> [TaskFile.Secrets] {
            let verifyKeys = [TaskFile.VerifyKey(id: 1, bytes: [UInt8](repeating: 7, count: 32))]
            let (own, token) = (HpkeKeyPair.generate(id: 1), "a-token-of-some-length")
            return [
                .leader(
                    .init(
                        hpkeKey: own, collectorHpkeConfig: collector.config, verifyKeys: verifyKeys,
                        aggregatorToken: token, collectorToken: token)),
                .helper(
                    .init(
                        hpkeKey: own, collectorHpkeConfig: collector.config, verifyKeys: verifyKeys,
                        aggregatorToken: token)),
                .collector(.init(hpkeKey: collector, collectorToken: token)),
            ]
        }
        let same = try secrets(of: key).map { try file($0).fingerprint } + [try file(.client, key.config).fingerprint]
        #expect(Set(same).count == 1 && same[0] != nil)
        for secrets in secrets(of: other) { #expect(try file(secrets).fingerprint != same[0]) }
        #expect(try file(.client, other.config).fingerprint != same[0])
        // A client's file of an earlier version is read, and has none.
        let old = try file(.client)
        #expect(old.fingerprint == nil && old.collectorHpkeConfig == nil)
    }
}
