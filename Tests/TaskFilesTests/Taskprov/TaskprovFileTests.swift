import Foundation
import PopulusDAP
import PopulusSchemes
import PopulusTaskFiles
import Testing

/// The files by which tasks are taken up that requests bring.
@Suite struct TaskprovFileTests {
    private typealias Sample = TaskprovSample

    @Test func whatIsReadIsWhatWasWritten() throws {
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var limits = Sample.limits
        (limits.maxEpsilon, limits.maxElements) = (2, 99)
        let files = try Sample.files(limits)
        let paths = try files.write(to: folder, uploadToken: "token-for-all-clients")
        #expect(
            paths.map { URL(filePath: $0).lastPathComponent } == [
                "leader-taskprov.json", "helper-taskprov.json", "collector-taskprov.json", "upload-token",
            ])
        for path in paths { #expect(!TaskFile.isExposed(path)) }
        #expect(throws: TaskFileError.exists(path: paths[0])) { try files.write(to: folder) }
        let leader = try TaskprovFile(readingFrom: paths[0], as: .leader)
        let helper = try TaskprovFile(readingFrom: paths[1], as: .helper)
        #expect(leader.encoded() == files.leader.encoded() && helper.encoded() == files.helper.encoded())
        #expect(leader.peers[0].limits == limits && helper.peers[0].limits == limits)
        #expect(try TaskprovCollectorFile(readingFrom: paths[2]).encoded() == files.collector.encoded())
        #expect(throws: TaskFileError.self) { try TaskprovFile(readingFrom: paths[0], as: .helper) }
        #expect(throws: TaskFileError.self) { try TaskprovFile(readingFrom: paths[2], as: .leader) }
        #expect("\(leader) \(leader.peers[0])" == "TaskprovFile(leader) TaskprovPeer(\(Sample.helper))")
    }

    /// What others show a role is there as a digest, and no private key is in another's file.
    @Test func eachRoleHasItsOwnSecretsOnly() throws {
        let files = try Sample.files()
        let texts = [files.leader.encoded(), files.helper.encoded(), files.collector.encoded()]
            .map { String(decoding: $0, as: UTF8.self) }
        let keys = [files.leader.hpkeKeys[0], files.helper.hpkeKeys[0], files.collector.hpkeKey]
            .map { Base64URL.encode($0.privateKeyBytes) }
        for (place, text) in texts.enumerated() {
            for (owner, key) in keys.enumerated() { #expect(text.contains(key) == (place == owner)) }
        }
        let token = try #require(files.leader.peers[0].aggregatorToken)
        #expect(texts.map { $0.contains(token) } == [true, false, false])
        #expect(texts.map { $0.contains(files.collector.collectorToken) } == [false, false, true])
        let seed = Base64URL.encode(files.leader.peers[0].seed.bytes)
        #expect(texts.map { $0.contains(seed) } == [true, true, false])
    }

    /// A limit that is misspelt would be no limit.
    @Test func aMemberThatNobodyReadsIsNamed() throws {
        var limits = Sample.limits
        limits.maxEpsilon = 2
        let text = String(decoding: try Sample.files(limits).leader.encoded(), as: UTF8.self)
        for (name, wrong, path) in [
            ("\"max_epsilon\"", "\"max_epsilom\"", "peers.limits.max_epsilom"),
            ("\"keep_after_end\"", "\"keep_after_ends\"", "keep_after_ends"),
        ] {
            #expect(text.contains(name))
            let bytes = Array(text.replacing(name, with: wrong).utf8)
            do {
                _ = try TaskprovFile(decoding: bytes, path: "leader")
                Issue.record("\(wrong) was passed over")
            } catch { #expect("\(error)".contains("\"\(path)\""), "\(error)") }
        }
    }

    /// Both aggregators derive one key and one ID, and know each other and the Collector by the file.
    @Test func bothAggregatorsMakeTheSameTask() throws {
        let files = try Sample.files()
        let task = TaskAdvertisement(try Sample.task())
        let leader = try files.leader.registration(of: task, at: Sample.now)
        let helper = try files.helper.registration(of: task, at: Sample.now)
        #expect(leader.taskID == task.taskID && helper.taskID == task.taskID)
        #expect(leader.verifyKeys == helper.verifyKeys && leader.verifyKeys.map(\.id) == [0])
        #expect(leader.verifyKeys[0].bytes == files.leader.peers[0].seed.verifyKey(for: task.taskID, size: 32))
        #expect(leader.fingerprint == helper.fingerprint)
        let token = try #require(leader.aggregatorToken)
        #expect(helper.leaderTokenDigest == TaskRegistration.digest(of: token))
        #expect(leader.collectorTokenDigest == TaskRegistration.digest(of: files.collector.collectorToken))
        let (collector, client) = try files.collector.files(of: Sample.task(), encoding: nil)
        #expect(collector.taskID == task.taskID && client.taskID == task.taskID)
        #expect(collector.fingerprint == leader.fingerprint && client.fingerprint == leader.fingerprint)
    }

    /// A task of others, or with a party that nothing was agreed with, is no matter of this aggregator.
    @Test func othersTasksAreRefused() throws {
        let files = try Sample.files()
        for (leader, helper) in [
            (Sample.helper, Sample.leader), (Sample.leader, "http://127.0.0.1:3/dap/"),
            ("http://127.0.0.1:3/", Sample.helper),
            (Sample.leader, "http://127.0.0.1:2/"), ("https://127.0.0.1:1/", Sample.helper),
            ("nonsense", Sample.helper),
        ] {
            let task = TaskAdvertisement(try Sample.task(leader: leader, helper: helper))
            for file in [files.leader, files.helper] {
                #expect(throws: TaskprovRefusal.stranger, "\(leader) \(helper)") {
                    try file.registration(of: task, at: Sample.now)
                }
            }
        }
        // One way to write a URL is as good as another.
        let written = TaskAdvertisement(try Sample.task(leader: "HTTP://127.0.0.1:1", helper: "http://127.0.0.1:2/dap"))
        #expect(try files.leader.registration(of: written, at: Sample.now).taskID == written.taskID)
    }

    /// Tokens and keys are those of the file as it is now.
    @Test func tasksFollowTheFile() throws {
        let (old, new) = (try Sample.files(), try Sample.files())
        let task = try old.leader.registration(of: TaskAdvertisement(try Sample.task()), at: Sample.now)
        let renewed = try #require(new.leader.renewed(task))
        #expect(renewed.aggregatorToken == new.leader.peers[0].aggregatorToken)
        #expect(renewed.hpkeKeys.map(\.config) == new.leader.hpkeKeys.map(\.config))
        #expect(renewed.verifyKeys == task.verifyKeys)
        #expect(renewed.configuration == task.configuration && renewed.taskID == task.taskID)
        // Whose ID was drawn is an operator's own.
        let drawn = try TaskFileSet(configuration: Sample.task(), encoding: nil).registration(of: .leader)
        #expect(new.leader.renewed(drawn) == nil)
    }

    @Test func whatIsWrongIsRefused() throws {
        let files = try Sample.files()
        let text = String(decoding: files.leader.encoded(), as: UTF8.self)
        let token = try #require(files.leader.peers[0].aggregatorToken)
        let wrongs = [
            ("populus-taskprov/1", "populus-taskprov/2"), ("\"leader\"", "\"client\""), ("\"leader\"", "\"helper\""),
            (Sample.helper, Sample.leader), (Sample.helper, "ftp://h/"), ("verify_key_init", "verify_key"),
            (Base64URL.encode(files.leader.peers[0].seed.bytes), "AAAA"), (token, "short"),
            (token, "with space in the middle of it"),
            ("\"max_tasks\" : 16", "\"max_tasks\" : 0"), ("\"max_tasks_per_day\" : 4", "\"max_tasks_per_day\" : -1"),
            ("\"clock_skew\" : 300", "\"clock_skew\" : 0"), ("collector_token_sha256", "collector_token_sha1"),
            (
                Base64URL.encode(files.leader.hpkeKeys[0].privateKeyBytes),
                Base64URL.encode(files.collector.hpkeKey.privateKeyBytes)
            ),
        ]
        for (right, wrong) in wrongs {
            let changed = text.replacing(right, with: wrong)
            #expect(changed != text, "\(right)")
            #expect(throws: TaskFileError.self, "\(wrong)") {
                try TaskprovFile(decoding: Array(changed.utf8), path: "test")
            }
        }
        for text in ["", "{}", "[]", "null"] {
            #expect(throws: TaskFileError.self) { try TaskprovFile(decoding: Array(text.utf8), path: "test") }
            #expect(throws: TaskFileError.self) { try TaskprovCollectorFile(decoding: Array(text.utf8), path: "test") }
        }
        #expect(throws: TaskFileError.self) {
            try TaskprovFileSet(
                leader: AggregatorURL(Sample.leader), helper: AggregatorURL(Sample.leader), limits: Sample.limits)
        }
    }
}
