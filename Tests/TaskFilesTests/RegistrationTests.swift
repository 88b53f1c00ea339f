import Foundation
import PopulusDAP
import PopulusTaskFiles
import Testing

/// What an aggregator is asked to take up, and the file of admin tokens.
@Suite struct RegistrationTests {
    private static func files() throws -> TaskFileSet {
        try TaskFileSet(
            configuration: TaskConfiguration(
                taskInfo: Array("n".utf8), leaderEndpoint: Array("http://127.0.0.1:1/".utf8),
                helperEndpoint: Array("http://127.0.0.1:2/".utf8), timePrecision: TimePrecision(seconds: 60),
                minBatchSize: 10, batchMode: .timeInterval, vdaf: .prio3Count, extensions: []), encoding: nil)
    }

    /// One in 64 would begin with a hyphen, and no command would take it for a task.
    @Test func aDrawnIDIsNoOption() throws {
        let ids = try (0..<600).map { _ in try Self.files().taskID.base64URL }
        #expect(ids.allSatisfy { !$0.hasPrefix("-") })
        #expect(Set(ids).count == 600)
    }

    @Test(arguments: [Role.leader, .helper]) func whatIsReadIsWhatWasWritten(role: Role) throws {
        let open = try Self.files().registration(of: role)
        for registration in [open, try open.completed(besides: Set(0...254))] {
            let read = try TaskRegistration(decoding: registration.encoded(), name: "test")
            #expect(read.encoded() == registration.encoded())
        }
        let completed = try open.completed(besides: Set(0...254))
        #expect(completed.hpkeKeys.map(\.config.id) == [255])
        #expect((completed.aggregatorToken != nil) == (role == .leader))
        #expect("\(completed)" == "TaskRegistration(\(role.name) of \(completed.taskID))")
    }

    /// What others show an aggregator goes over as a digest, and a role's secrets to that role only.
    @Test func nothingMoreIsInItThanItsRoleNeeds() throws {
        let set = try Self.files()
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try set.write(to: folder, replacing: false)
        let files = try [Role.leader, .helper, .collector].map {
            try TaskFile(readingFrom: "\(folder)/\($0.name).json")
        }
        guard case .leader(let leader) = files[0].secrets, case .helper(let helper) = files[1].secrets,
            case .collector(let collector) = files[2].secrets
        else { throw TaskFileError.inconsistent("roles") }
        let texts = try files.prefix(2).map { String(decoding: try TaskRegistration($0).encoded(), as: UTF8.self) }
        let keys = [leader.hpkeKeys, helper.hpkeKeys, [collector.hpkeKey]].map {
            Base64URL.encode($0[0].privateKeyBytes)
        }
        #expect(texts[0].contains(keys[0]) && !texts[0].contains(keys[1]) && !texts[0].contains(keys[2]))
        #expect(texts[1].contains(keys[1]) && !texts[1].contains(keys[0]) && !texts[1].contains(keys[2]))
        for text in texts { #expect(!text.contains(collector.collectorToken)) }
        #expect(texts[0].contains(leader.aggregatorToken) && !texts[1].contains(leader.aggregatorToken))
        #expect(throws: TaskFileError.self) { try TaskRegistration(files[2]) }
    }

    @Test func someFilesAreWritten() throws {
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.files().write(to: folder, replacing: false, roles: [.client, .collector])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["client.json", "collector.json"])
    }

    /// Each member once wrong, or missing, or another role's.
    @Test func whatIsWrongIsRefused() throws {
        let set = try Self.files()
        func refused(_ role: Role, _ change: (inout [String: Any]) -> Void) throws -> Bool {
            let bytes = try set.registration(of: role).completed(besides: []).encoded()
            var object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
            change(&object)
            let changed = Array(try JSONSerialization.data(withJSONObject: object))
            do throws(TaskFileError) {
                _ = try TaskRegistration(decoding: changed, name: "test")
                return false
            } catch { return true }
        }
        #expect(try !refused(.leader) { _ in } && !refused(.helper) { _ in })
        for name in ["format", "role", "task_id", "task_configuration", "collector_hpke_config", "verify_keys"] {
            for role in [Role.leader, .helper] {
                #expect(try refused(role) { $0[name] = nil }, "\(name) is missing")
                #expect(try refused(role) { $0[name] = "x" }, "\(name) is wrong")
            }
        }
        #expect(try refused(.leader) { $0["collector_token_sha256"] = nil })
        #expect(try refused(.leader) { $0["collector_token_sha256"] = "AAAA" })
        #expect(try refused(.leader) { $0["aggregator_token"] = "short" })
        #expect(try refused(.leader) { $0["aggregator_token_sha256"] = $0["collector_token_sha256"] })
        #expect(try refused(.leader) { $0["hpke_keys"] = [] as [Any] })
        #expect(try refused(.leader) { $0["upload_tokens"] = [] as [Any] })
        #expect(try refused(.leader) { $0["clock_skew"] = 0 })
        #expect(try refused(.leader) { $0["report_expiry"] = 59 } && !refused(.helper) { $0["report_expiry"] = 60 })
        #expect(try refused(.leader) { $0["verify_keys"] = [] as [Any] })
        #expect(try refused(.helper) { $0["aggregator_token_sha256"] = nil })
        #expect(try refused(.helper) { $0["aggregator_token"] = "a-token-of-more-than-16" })
        #expect(try refused(.helper) { $0["role"] = "collector" })
        #expect(try !refused(.leader) { $0["hpke_keys"] = nil })
        #expect(try !refused(.leader) { $0["aggregator_token"] = nil })
        // What is another role's is no less wrong than what is nobody's.
        #expect(try refused(.helper) { $0["collector_token_sha256"] = $0["aggregator_token_sha256"] })
        #expect(try refused(.helper) { $0["upload_tokens"] = [["sha256": $0["aggregator_token_sha256"]]] })
    }

    /// Whoever slips in a name would have the task served without what it stands for, such as open to every client.
    @Test func aMemberThatNobodyReadsIsNamed() throws {
        let set = try Self.files()
        let digest = Base64URL.encode(Array(repeating: 7, count: 32))
        func reason(_ change: (inout [String: Any]) throws -> Void) throws -> String? {
            let bytes = try set.registration(of: .leader).completed(besides: []).encoded()
            var object = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
            try change(&object)
            let changed = Array(try JSONSerialization.data(withJSONObject: object))
            do throws(TaskFileError) {
                _ = try TaskRegistration(decoding: changed, name: "test")
                return nil
            } catch {
                guard case .malformed(_, let reason) = error else { return "\(error)" }
                return reason
            }
        }
        func inner(_ name: String, _ object: inout [String: Any]) throws {
            if var only = object[name] as? [String: Any] {
                only["x"] = 1
                object[name] = only
            } else {
                var all = try #require(object[name] as? [[String: Any]])
                all[0]["x"] = 1
                object[name] = all
            }
        }
        func words(_ path: String) -> String { "it has \"\(path)\", which nothing here reads" }
        #expect(try reason { $0["upload_tokens"] = [["sha256": digest, "name": "a", "added": 1]] } == nil)
        #expect(try reason { $0["upload_token"] = [["sha256": digest]] } == words("upload_token"))
        #expect(try reason { $0["upload_tokens"] = [["sha256": digest, "x": 1]] } == words("upload_tokens.x"))
        for name in ["walk_code_points", "verify_keys", "hpke_keys"] {
            #expect(try reason { try inner(name, &$0) } == words("\(name).x"))
        }
        #expect(try reason { $0["a\nb"] = 1 } == words(ForeignText.escaped("a\nb")))
    }

    // MARK: Admin tokens

    @Test func adminTokensAreReadAgainWhenTheFileHasChanged() throws {
        let path = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: TaskFileError.notFound(path: path)) { try AdminTokenWatch(path: path) }
        let (one, other) = (AdminTokenFile.Token.draw(name: "a"), AdminTokenFile.Token.draw(name: "b"))
        try AdminTokenFile(tokens: [one.kept]).write(to: path, isNew: true)
        #expect(throws: TaskFileError.exists(path: path)) {
            try AdminTokenFile(tokens: [other.kept]).write(to: path, isNew: true)
        }
        #expect(!TaskFile.isExposed(path))
        let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        #expect(!text.contains(one.token))
        let watch = try AdminTokenWatch(path: path)
        #expect(watch.tokens == [one.kept])
        try AdminTokenFile(tokens: [one.kept, other.kept]).write(to: path, isNew: false)
        #expect(watch.tokens == [one.kept, other.kept])
        try AdminTokenFile(tokens: [other.kept]).write(to: path, isNew: false)
        #expect(watch.tokens == [other.kept])
        // What is no file of tokens, or is gone, lets nobody in; and it may come back.
        try FileManager.default.removeItem(atPath: path)
        #expect(watch.tokens == [])
        try Data("{}".utf8).write(to: URL(filePath: path))
        #expect(watch.tokens == [])
        try AdminTokenFile(tokens: [one.kept]).write(to: path, isNew: false)
        #expect(watch.tokens == [one.kept])
    }

    /// The server that reads it may be another user's than whoever changes it.
    @Test func aChangedFileOfAdminTokensKeepsWhoMayReadIt() throws {
        let path = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (one, other) = (AdminTokenFile.Token.draw().kept, AdminTokenFile.Token.draw().kept)
        try AdminTokenFile(tokens: [one]).write(to: path, isNew: true)
        #expect(chmod(path, 0o640) == 0)
        // Another user's, where this one may give it away.
        if getuid() == 0 { #expect(chown(path, 65534, 65534) == 0) }
        let before = try FileManager.default.attributesOfItem(atPath: path)
        try AdminTokenFile(tokens: [one, other]).write(to: path, isNew: false)
        let after = try FileManager.default.attributesOfItem(atPath: path)
        for key in [FileAttributeKey.posixPermissions, .ownerAccountID, .groupOwnerAccountID] {
            #expect(before[key] as? NSNumber == after[key] as? NSNumber, "\(key)")
        }
        #expect(try AdminTokenFile(readingFrom: path).tokens == [one, other])
    }

    /// Written over in place, with as many bytes and within a second: nothing but the bytes tells.
    @Test func aTokenThatIsReplacedInTheSameSecondIsSeen() throws {
        let path = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let tokens = (0..<20).map { _ in AdminTokenFile.Token.draw(name: "a", added: 1).kept }
        try AdminTokenFile(tokens: [tokens[0]]).write(to: path, isNew: true)
        let watch = try AdminTokenWatch(path: path)
        for token in tokens {
            let copy = path + ".copy"
            defer { try? FileManager.default.removeItem(atPath: copy) }
            try AdminTokenFile(tokens: [token]).write(to: copy, isNew: true)
            let bytes = try #require(FileManager.default.contents(atPath: copy))
            let file = try FileHandle(forWritingTo: URL(filePath: path))
            try file.write(contentsOf: bytes)
            try file.close()
            #expect(watch.tokens == [token])
        }
    }

    /// Until there is a task the files of an earlier one stay, and then they go.
    @Test func preparedFilesReplaceNothingYet() throws {
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let roles: Set<Role> = [.collector, .client]
        let (earlier, later) = (try Self.files(), try Self.files())
        try earlier.write(to: folder, replacing: false, roles: roles)
        func task(_ role: Role) throws -> TaskID {
            try TaskFile(readingFrom: "\(folder)/\(role.name).json").taskID
        }
        #expect(throws: TaskFileError.self) { try later.prepare(in: folder, replacing: false, roles: roles) }
        try later.prepare(in: folder, replacing: true, roles: roles)
        for role in roles { #expect(try task(role) == earlier.taskID) }
        later.discard(in: folder, roles: roles)
        let left = ["client.json", "collector.json"]
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == left)
        for role in roles { #expect(try task(role) == earlier.taskID) }
        try later.prepare(in: folder, replacing: true, roles: roles)
        try later.putInPlace(in: folder, replacing: true, roles: roles)
        for role in roles { #expect(try task(role) == later.taskID) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == left)
    }

    @Test func aFileOfAdminTokensHasEachOnceAndNotTooMany() throws {
        let path = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let tokens = (0...AdminTokenFile.most).map { _ in AdminTokenFile.Token.draw().kept }
        for wrong in [tokens, [tokens[0], tokens[0]]] {
            try AdminTokenFile(tokens: wrong).write(to: path, isNew: false)
            #expect(throws: TaskFileError.self) { try AdminTokenFile(readingFrom: path) }
        }
    }
}
