import Foundation
import PopulusDAP
import PopulusTaskFiles
import Testing

/// Task files: what they hold, what they refuse, and how they are written.
@Suite struct TaskFileTests {
    private static let key = HpkeKeyPair.generate(id: 9)
    private static let token = "a-token-of-some-length"

    private static func secrets(_ role: Role) -> TaskFile.Secrets {
        let verifyKeys = [TaskFile.VerifyKey(id: 1, bytes: Array(repeating: 0xC7, count: 32))]
        return switch role {
        case .client: .client
        case .leader:
            .leader(
                .init(
                    hpkeKey: key, collectorHpkeConfig: key.config, verifyKeys: verifyKeys, aggregatorToken: token,
                    collectorToken: token + "-2"))
        case .helper:
            .helper(
                .init(
                    hpkeKey: key, collectorHpkeConfig: key.config, verifyKeys: verifyKeys, aggregatorToken: token))
        case .collector: .collector(.init(hpkeKey: key, collectorToken: token + "-2"))
        }
    }

    private static func file(
        _ role: Role, of taskID: TaskID = .random(), encoding: String = "bytes"
    ) throws -> TaskFile {
        let configuration = try TaskConfiguration(
            taskInfo: TaskFile.taskInfo(name: "a;encoding=b", encoding: "bytes"),
            leaderEndpoint: Array("http://a/".utf8), helperEndpoint: Array("http://b/".utf8),
            timePrecision: TimePrecision(seconds: 60), minBatchSize: 10, batchMode: .leaderSelected,
            vdaf: .poplar1(bits: 64), extensions: [TaskExtension(type: 1001, data: Sample.bounds?.encoded() ?? [])])
        return try TaskFile(
            taskID: taskID, configuration: configuration, encoding: encoding,
            walkCodePoints: WalkCodePoints(task: 1001, aggregationJob: 2, collectionJob: 3), secrets: secrets(role))
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test(arguments: Role.allCases)
    func aFileIsReadAsItWasWritten(role: Role) throws {
        try withFolder { folder in
            let path = folder + "/task.json"
            let file = try Self.file(role)
            try file.write(to: path, replacing: false)
            let read = try TaskFile(readingFrom: path, as: role)
            #expect(read.encoded() == file.encoded() && read.role == role && read.taskID == file.taskID)
            #expect(read.configuration == file.configuration && read.walkCodePoints == file.walkCodePoints)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600 && !TaskFile.isExposed(path))
            for other in Role.allCases where other != role {
                #expect(throws: TaskFileError.wrongRole(path: path, expected: other, found: role)) {
                    try TaskFile(readingFrom: path, as: other)
                }
            }
        }
    }

    /// Whoever may read it besides its owner counts, but for root's group: so systemd hands files over.
    @Test(arguments: [(0o600, false, false), (0o440, false, true), (0o604, true, true), (0o660, true, true)])
    func aFileThatOthersReadIsExposed(mode: Int, ofRootsGroup: Bool, ofAnother: Bool) throws {
        try withFolder { folder in
            let path = folder + "/task.json"
            try Self.file(.leader).write(to: path, replacing: false)
            // Only root can choose the group; others see what is so of their own.
            for group in geteuid() == 0 ? [0, 1] : [Int(getegid())] {
                if geteuid() == 0 { #expect(chown(path, 0, gid_t(group)) == 0) }
                #expect(chmod(path, mode_t(mode)) == 0)
                #expect(TaskFile.isExposed(path) == (group == 0 ? ofRootsGroup : ofAnother))
            }
        }
    }

    /// Who may write a file of digests may add one; a service reads it by its group.
    @Test(arguments: [(0o600, false), (0o640, false), (0o644, false), (0o660, true), (0o620, true), (0o602, true)])
    func aFileThatOthersWriteIsSeen(mode: Int, isWritable: Bool) throws {
        try withFolder { folder in
            let path = folder + "/tokens.json"
            #expect(!TaskFile.isWritableByOthers(path))
            try Self.file(.leader).write(to: path, replacing: false)
            if geteuid() == 0 { #expect(chown(path, 0, 1) == 0) }
            #expect(chmod(path, mode_t(mode)) == 0)
            let isOfRootsGroup = geteuid() != 0 && getegid() == 0
            #expect(TaskFile.isWritableByOthers(path) == (isWritable && !(isOfRootsGroup && mode & 0o002 == 0)))
        }
    }

    @Test func noFileIsOverwrittenUnlessWanted() throws {
        try withFolder { folder in
            let path = folder + "/task.json"
            let first = try Self.file(.client)
            try first.write(to: path, replacing: false)
            #expect(throws: TaskFileError.exists(path: path)) {
                try Self.file(.client).write(to: path, replacing: false)
            }
            #expect(try TaskFile(readingFrom: path).taskID == first.taskID)
            let second = try Self.file(.client)
            try second.write(to: path, replacing: true)
            #expect(try TaskFile(readingFrom: path).taskID == second.taskID)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["task.json"])
        }
    }

    /// Every secret of a file is told here; no other role's file has it, and the client's has none.
    @Test func eachRoleHasItsOwnMembers() throws {
        let common = ["encoding", "format", "role", "task_configuration", "task_id", "walk_code_points"]
        let own: [Role: [String]] = [
            .client: [],
            .leader: [
                "aggregator_token", "clock_skew", "collector_hpke_config", "collector_token", "hpke_key", "verify_keys",
            ],
            .helper: ["aggregator_token", "clock_skew", "collector_hpke_config", "hpke_key", "verify_keys"],
            .collector: ["collector_token", "hpke_key"],
        ]
        for role in Role.allCases {
            let json = try JSONSerialization.jsonObject(with: Data(Self.file(role).encoded())) as? [String: Any]
            #expect(json?.keys.sorted() == (common + (own[role] ?? [])).sorted())
        }
    }

    /// What the Leader keeps of upload tokens comes back as it was written, and no other role's file has it.
    @Test func uploadTokensAreKeptAsDigests() throws {
        let drawn = [TaskFile.UploadToken.draw(name: "4.2", added: 1_790_000_000), TaskFile.UploadToken.draw()]
        let tokens = drawn.map(\.kept)
        let file = try #require(try Self.file(.leader).with(uploadTokens: tokens))
        let read = try TaskFile(decoding: file.encoded(), path: "PATH")
        #expect(read.uploadTokens == tokens && read.uploadTokens.map(\.name) == ["4.2", ""])
        #expect(read.uploadTokens.map(\.added) == [1_790_000_000, nil])
        let text = String(decoding: file.encoded(), as: UTF8.self)
        for (token, kept) in drawn {
            #expect(TaskFile.isToken(token) && Base64URL.decode(token)?.count == 32)
            #expect(!text.contains(token) && text.contains(Base64URL.encode(kept.digest)))
            #expect(kept.digest == TaskFile.UploadToken.digest(of: token) && kept.id.count == 8)
        }
        let open = try #require(try read.with(uploadTokens: []))
        let plain = try Self.file(.leader, of: file.taskID)
        #expect(open.encoded() == plain.encoded())
        for role in [Role.client, .helper, .collector] {
            #expect(try Self.file(role).with(uploadTokens: tokens) == nil)
        }
        // The digest that other programs make.
        #expect(TaskFile.UploadToken(digest: TaskFile.UploadToken.digest(of: "abc")).id == "ba7816bf")
    }

    /// How old a report may be stands in both aggregators' files, and stays where something else of them changes.
    @Test func aReportsAgeIsTheAggregators() throws {
        for role in Role.allCases {
            let file = try Self.file(role)
            let bounded = try TaskFile(
                taskID: file.taskID, configuration: file.configuration, encoding: file.encoding,
                walkCodePoints: file.walkCodePoints, secrets: file.secrets,
                collectorHpkeConfig: file.collectorHpkeConfig, reportExpiry: 7_776_000)
            let read = try TaskFile(decoding: bounded.encoded(), path: "PATH")
            let isAggregator = role == .leader || role == .helper
            #expect(read.reportExpiry == (isAggregator ? 7_776_000 : nil))
            guard isAggregator else { continue }
            let registration = try TaskRegistration(read)
            #expect(registration.reportExpiry == 7_776_000)
            #expect(try registration.withoutDrawn().completed(besides: []).reportExpiry == 7_776_000)
            let again = try TaskRegistration(decoding: registration.encoded(), name: "test")
            #expect(again.reportExpiry == 7_776_000)
            if role == .leader { #expect(try read.with(uploadTokens: [])?.reportExpiry == 7_776_000) }
            if role == .helper {
                #expect(try registration.with(leaderTokenDigest: [1]).reportExpiry == 7_776_000)
            }
        }
    }

    @Test func secretsShowInNoDescription() throws {
        for role in Role.allCases {
            let file = try Self.file(role)
            var text = "\(file) \(String(reflecting: file))"
            dump(file, to: &text)
            #expect(!text.contains(Self.token) && !text.contains("199, 199"))
            #expect(!text.contains("\(Self.key.privateKeyBytes.first ?? 0), \(Self.key.privateKeyBytes[1])"))
        }
    }

    @Test func whatIsMissingOrWrongIsNamed() throws {
        let good = try #require(
            try JSONSerialization.jsonObject(with: Data(Self.file(.leader).encoded())) as? [String: Any])
        let wrong: [(String, Any?)] = [
            ("format", "populus-task/9"), ("role", "king"), ("task_id", "AAAA"), ("task_configuration", "!"),
            ("task_configuration", "AAAA"), ("encoding", "url"), ("hpke_key", nil), ("verify_keys", nil),
            ("verify_keys", []), ("aggregator_token", nil), ("aggregator_token", "two words, and a comma"),
            ("collector_token", "short"), ("collector_hpke_config", "AAAA"),
            ("report_expiry", 59), ("report_expiry", 316_224_001), ("report_expiry", "90d"),
            ("older_hpke_keys", [good["hpke_key"]]), ("upload_tokens", []), ("upload_tokens", [["sha256": "AAAA"]]),
            ("upload_tokens", [["name": "x"]]), ("upload_tokens", ["a-token-of-some-length"]),
            ("upload_tokens", Array(repeating: ["sha256": String(repeating: "A", count: 43)], count: 2)),
            (
                "upload_tokens",
                (0..<33).map { number in
                    ["sha256": Base64URL.encode(TaskFile.UploadToken.digest(of: "\(number)"))]
                }
            ),
        ]
        for (name, value) in wrong {
            var json = good
            json[name] = value
            let bytes = Array(try JSONSerialization.data(withJSONObject: json))
            do throws(TaskFileError) {
                _ = try TaskFile(decoding: bytes, path: "PATH")
                Issue.record("\(name) = \(value ?? "nothing") was taken")
            } catch {
                let text = error.description
                #expect(text.hasPrefix("PATH: ") && (text.contains(name) || text.contains("\(value ?? "")")), "\(text)")
            }
        }
        for text in ["", "{", "[]", "null", "{}", "\u{0}"] {
            #expect(throws: TaskFileError.self) { try TaskFile(decoding: Array(text.utf8), path: "PATH") }
        }
    }

    /// A task of Prio3 has neither an encoding nor code points; the name may have anything in it.
    @Test func aTaskWithoutStringsAndWalksSaysNothingOfThem() throws {
        let configuration = try TaskConfiguration(
            taskInfo: TaskFile.taskInfo(name: "a;encoding=b", encoding: nil), leaderEndpoint: Array("http://a/".utf8),
            helperEndpoint: Array("http://b/".utf8), timePrecision: TimePrecision(seconds: 60), minBatchSize: 10,
            batchMode: .timeInterval, vdaf: .prio3Sum(maxMeasurement: 100),
            extensions: [.taskInterval(Sample.interval)])
        let file = try TaskFile(taskID: .random(), configuration: configuration, encoding: nil, secrets: .client)
        let json = try JSONSerialization.jsonObject(with: Data(file.encoded())) as? [String: Any]
        #expect(json?.keys.sorted() == ["format", "role", "task_configuration", "task_id"])
        let read = try TaskFile(decoding: file.encoded(), path: "PATH")
        #expect(read.encoding == nil && read.configuration == configuration)
        #expect(try read.configuration.taskInterval == Sample.interval)
        #expect(throws: TaskFileError.inconsistent("its encoding is not the one in its task_configuration")) {
            try TaskFile(taskID: .random(), configuration: configuration, encoding: "b", secrets: .client)
        }
    }

    @Test(arguments: [Role.leader, .helper])
    func olderKeysFollowTheCurrentOne(role: Role) throws {
        let keys = [Self.key, .generate(id: 3), .generate(id: 200)]
        let verifyKeys = [1, 7].map { TaskFile.VerifyKey(id: $0, bytes: Array(repeating: $0, count: 32)) }
        let secrets: TaskFile.Secrets =
            role == .leader
            ? .leader(
                .init(
                    hpkeKey: keys[0], olderHpkeKeys: Array(keys[1...]), collectorHpkeConfig: Self.key.config,
                    verifyKeys: verifyKeys, aggregatorToken: Self.token, collectorToken: Self.token))
            : .helper(
                .init(
                    hpkeKey: keys[0], olderHpkeKeys: Array(keys[1...]), collectorHpkeConfig: Self.key.config,
                    verifyKeys: verifyKeys, aggregatorToken: Self.token))
        let sample = try Self.file(role)
        let file = try TaskFile(
            taskID: sample.taskID, configuration: sample.configuration, encoding: sample.encoding,
            walkCodePoints: sample.walkCodePoints, secrets: secrets)
        let read = try TaskFile(decoding: file.encoded(), path: "PATH")
        switch read.secrets {
        case .leader(let own):
            #expect(own.hpkeKeys.map(\.config) == keys.map(\.config) && own.verifyKeys == verifyKeys)
        case .helper(let own):
            #expect(own.hpkeKeys.map(\.config) == keys.map(\.config) && own.verifyKeys == verifyKeys)
        case .client, .collector: Issue.record("another role's secrets")
        }
    }

    @Test func filesThatCannotBeReadSaySo() throws {
        try withFolder { folder in
            let path = folder + "/none.json"
            #expect(throws: TaskFileError.notFound(path: path)) { try TaskFile(readingFrom: path) }
            #expect(throws: TaskFileError.self) { try TaskFile(readingFrom: folder) }
            #expect(throws: TaskFileError.self) {
                try Self.file(.client).write(to: folder + "/no/such/folder.json", replacing: true)
            }
        }
    }
}
