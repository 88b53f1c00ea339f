import Foundation
import PopulusDAP

/// The three files by which a Leader, a Helper and a Collector agree on tasks that requests bring.
///
/// Each holds the secrets of its own role, and digests of what others show it. `verify_key_init` is in both aggregators' files.
package struct TaskprovFileSet: Sendable {
    package let leader: TaskprovFile
    package let helper: TaskprovFile
    package let collector: TaskprovCollectorFile

    /// Draws keys, tokens and `verify_key_init`.
    ///
    /// - Parameters:
    ///   - limits: of both aggregators.
    ///   - uploadTokens: of which clients show the Leader one; none where anybody may bring tasks and reports.
    package init(
        leader: AggregatorURL, helper: AggregatorURL, limits: TaskprovLimits, uploadTokens: [TaskFile.UploadToken] = [],
        clockSkew: UInt64 = TaskFile.defaultClockSkew
    ) throws(TaskFileError) {
        let collectorKey = HpkeKeyPair.generate(id: UInt8.random(in: 0...255))
        let (seed, forHelper, forLeader) = (
            VerifyKeySeed.random(), TaskFile.UploadToken.draw(), TaskFile.UploadToken.draw()
        )
        self.leader = try TaskprovFile(
            role: .leader, url: leader, hpkeKeys: [.generate(id: UInt8.random(in: 0...255))], clockSkew: clockSkew,
            peers: [
                TaskprovPeer(
                    url: helper, seed: seed, aggregatorToken: forHelper.token, leaderTokenDigest: nil,
                    collectorHpkeConfig: collectorKey.config, collectorTokenDigest: forLeader.kept.digest,
                    uploadTokens: uploadTokens, limits: limits)
            ])
        self.helper = try TaskprovFile(
            role: .helper, url: helper, hpkeKeys: [.generate(id: UInt8.random(in: 0...255))], clockSkew: clockSkew,
            peers: [
                TaskprovPeer(
                    url: leader, seed: seed, aggregatorToken: nil, leaderTokenDigest: forHelper.kept.digest,
                    collectorHpkeConfig: collectorKey.config, collectorTokenDigest: nil, limits: limits)
            ])
        collector = TaskprovCollectorFile(
            leader: leader, helper: helper, hpkeKey: collectorKey, collectorToken: forLeader.token)
    }

    package init(leader: TaskprovFile, helper: TaskprovFile, collector: TaskprovCollectorFile) {
        (self.leader, self.helper, self.collector) = (leader, helper, collector)
    }

    /// Writes the three files into a folder, and replaces none.
    ///
    /// - Parameter uploadToken: what clients show, for a file of its own.
    /// - Returns: their paths: the Leader's, the Helper's, the Collector's, and that of the token if there is one.
    package func write(to directory: String, uploadToken: String? = nil) throws(TaskFileError) -> [String] {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .noDirectory(path: directory, reason: error.localizedDescription)
        }
        var files = [
            ("leader-taskprov.json", leader.encoded()), ("helper-taskprov.json", helper.encoded()),
            ("collector-taskprov.json", collector.encoded()),
        ]
        if let uploadToken { files.append(("upload-token", Array((uploadToken + "\n").utf8))) }
        var paths: [String] = []
        for (name, bytes) in files {
            let path = "\(directory)/\(name)"
            try TaskprovBytes.make(bytes, at: path)
            paths.append(path)
        }
        return paths
    }
}
