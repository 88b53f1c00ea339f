import Foundation
import PopulusDAP

/// A registration's JSON: one flat object, bytes as unpadded base64url, what an aggregator draws left out.
private struct RegistrationJSON: StrictObject {
    struct Key: StrictObject {
        var config: String
        var private_key: String

        static func knows(_ member: String) -> Bool { CodingKeys(stringValue: member) != nil }
    }

    struct VerifyKey: StrictObject {
        var id: UInt8
        var key: String

        static func knows(_ member: String) -> Bool { CodingKeys(stringValue: member) != nil }
    }

    struct UploadToken: StrictObject {
        var sha256: String
        var name: String?
        var added: UInt64?

        static func knows(_ member: String) -> Bool { CodingKeys(stringValue: member) != nil }
    }

    struct CodePoints: StrictObject {
        var task: UInt16
        var aggregation_job: UInt16
        var collection_job: UInt16
        var noise: UInt16

        static func knows(_ member: String) -> Bool { CodingKeys(stringValue: member) != nil }
    }

    var format: String
    var role: String
    var task_id: TaskID
    var task_configuration: String
    var walk_code_points: Strict<CodePoints>?
    var clock_skew: UInt64?
    var report_expiry: UInt64?
    var collector_hpke_config: String
    var verify_keys: [Strict<VerifyKey>]
    var hpke_keys: [Strict<Key>]?
    var aggregator_token: String?
    var aggregator_token_sha256: String?
    var collector_token_sha256: String?
    var upload_tokens: [Strict<UploadToken>]?

    static let format = "populus-task-registration/1"

    static func knows(_ member: String) -> Bool { CodingKeys(stringValue: member) != nil }
}

extension TaskRegistration {
    /// The greatest body, in bytes: far more than any task has.
    package static let greatestSize = 1 << 20

    package func encoded() -> [UInt8] {
        let points = walkCodePoints
        var json = RegistrationJSON(
            format: RegistrationJSON.format, role: role.name, task_id: taskID,
            task_configuration: Base64URL.encode(configuration.encoded()),
            walk_code_points: Strict(
                .init(
                    task: points.task, aggregation_job: points.aggregationJob, collection_job: points.collectionJob,
                    noise: points.noise)), clock_skew: clockSkew, report_expiry: reportExpiry,
            collector_hpke_config: Base64URL.encode(collectorHpkeConfig.encoded()),
            verify_keys: verifyKeys.map { Strict(.init(id: $0.id, key: Base64URL.encode($0.bytes))) })
        if !hpkeKeys.isEmpty {
            json.hpke_keys = hpkeKeys.map {
                Strict(
                    .init(
                        config: Base64URL.encode($0.config.encoded()), private_key: Base64URL.encode($0.privateKeyBytes)
                    ))
            }
        }
        json.aggregator_token = aggregatorToken
        json.aggregator_token_sha256 = leaderTokenDigest.map(Base64URL.encode)
        json.collector_token_sha256 = collectorTokenDigest.map(Base64URL.encode)
        if !uploadTokens.isEmpty {
            json.upload_tokens = uploadTokens.map {
                Strict(
                    .init(sha256: Base64URL.encode($0.digest), name: $0.name.isEmpty ? nil : $0.name, added: $0.added))
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(json)) } catch {
            preconditionFailure("strings and numbers always have a JSON: \(error)")
        }
    }

    /// The members whose values are not another one's, by their names, in alphabetical order.
    ///
    /// Names only: a value may be a secret.
    package func membersDifferent(from other: TaskRegistration) -> [String] {
        func members(_ task: TaskRegistration) -> [String: NSObject] {
            let object = try? JSONSerialization.jsonObject(with: Data(task.encoded()))
            return object as? [String: NSObject] ?? [:]
        }
        let (own, others) = (members(self), members(other))
        return Set(own.keys).union(others.keys).filter { own[$0] != others[$0] }.sorted()
    }

    /// Nothing is passed over: whoever slips in a member's name would have the task served without it.
    ///
    /// - Throws: `TaskFileError`, whose path is `name`: what is wrong with the bytes, in words for people.
    package init(decoding bytes: [UInt8], name: String) throws(TaskFileError) {
        let json: RegistrationJSON
        do { json = try JSONDecoder().decode(Strict<RegistrationJSON>.self, from: Data(bytes)).value } catch {
            throw .malformed(path: name, reason: Self.words(error))
        }
        do throws(TaskFileError) { try self.init(json) } catch {
            switch error {
            case .inconsistent(let reason): throw .malformed(path: name, reason: ForeignText.escaped(reason))
            case .outdated(_, let reason): throw .outdated(path: name, reason: ForeignText.escaped(reason))
            default: throw error
            }
        }
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let unknown as UnknownMember: "it has \"\(ForeignText.escaped(unknown.path))\", which nothing here reads"
        case DecodingError.keyNotFound(let key, _): "it has no \"\(key.stringValue)\""
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is not JSON" : "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" is wrong"
        default: "it is not JSON"
        }
    }

    private init(_ json: RegistrationJSON) throws(TaskFileError) {
        guard json.format == RegistrationJSON.format else {
            throw .inconsistent("its format is \"\(json.format)\", this program reads \"\(RegistrationJSON.format)\"")
        }
        guard let role = Role(name: json.role), role == .leader || role == .helper else {
            throw .inconsistent("no aggregator's role is called \"\(json.role)\"")
        }
        let bytes = try Self.bytes(json.task_configuration, "task_configuration")
        // Whatever is wrong with it, the answer is one.
        guard let configuration = try? TaskConfiguration(decoding: bytes) else {
            throw .inconsistent("its task_configuration does not decode")
        }
        let points = (json.walk_code_points?.value).map {
            WalkCodePoints(
                task: $0.task, aggregationJob: $0.aggregation_job, collectionJob: $0.collection_job, noise: $0.noise)
        }
        try self.init(
            role: role, taskID: json.task_id, configuration: configuration, walkCodePoints: points ?? .provisional,
            clockSkew: json.clock_skew ?? TaskFile.defaultClockSkew,
            collectorHpkeConfig: try Self.config(json.collector_hpke_config, "collector_hpke_config"),
            verifyKeys: try Self.verifyKeys(json), hpkeKeys: try Self.hpkeKeys(json),
            aggregatorToken: try Self.token(json, role), leaderTokenDigest: try Self.leaderToken(json, role),
            collectorTokenDigest: try Self.collectorToken(json, role), uploadTokens: try Self.uploadTokens(json, role),
            reportExpiry: json.report_expiry)
        do throws(AggregatorURLsError) { try checkURLs() } catch { throw .inconsistent(error.description) }
    }

    private func checkURLs() throws(AggregatorURLsError) {
        // A file of the task was made of it before.
        let file = try? TaskFile(
            taskID: taskID, configuration: configuration, encoding: TaskFile.encoding(boundIn: configuration),
            walkCodePoints: walkCodePoints, secrets: .client)
        try file?.checkURLs()
    }
}

// MARK: - Its members

extension TaskRegistration {
    private static func bytes(_ text: String, _ name: String) throws(TaskFileError) -> [UInt8] {
        guard let bytes = Base64URL.decode(text) else { throw .inconsistent("its \(name) is not base64url") }
        return bytes
    }

    private static func config(_ text: String, _ name: String) throws(TaskFileError) -> HpkeConfig {
        let bytes = try bytes(text, name)
        // What does not decode is as unknown as what has other algorithms.
        guard let config = try? HpkeConfig(decoding: bytes), config.isSupported else {
            throw .inconsistent("its \(name) is no HPKE configuration that this program knows")
        }
        return config
    }

    private static func digest(_ text: String, _ name: String) throws(TaskFileError) -> [UInt8] {
        let bytes = try bytes(text, name)
        guard bytes.count == 32 else { throw .inconsistent("its \(name) is no SHA-256, of 32 bytes") }
        return bytes
    }

    private static func verifyKeys(_ json: RegistrationJSON) throws(TaskFileError) -> [TaskFile.VerifyKey] {
        let given = json.verify_keys.map(\.value)
        guard !given.isEmpty, Set(given.map(\.id)).count == given.count else {
            throw .inconsistent("its verify_keys are none, or have one id twice")
        }
        var keys: [TaskFile.VerifyKey] = []
        for key in given { keys.append(.init(id: key.id, bytes: try bytes(key.key, "verify_keys.key"))) }
        return keys
    }

    private static func hpkeKeys(_ json: RegistrationJSON) throws(TaskFileError) -> [HpkeKeyPair] {
        guard let given = json.hpke_keys?.map(\.value) else { return [] }
        var keys: [HpkeKeyPair] = []
        for key in given {
            let (config, secret) = (
                try config(key.config, "hpke_keys.config"), try bytes(key.private_key, "hpke_keys.private_key")
            )
            guard let pair = try? HpkeKeyPair(config: config, privateKeyBytes: secret) else {
                throw .inconsistent("a private key of its hpke_keys does not belong to the configuration")
            }
            keys.append(pair)
        }
        guard !keys.isEmpty, Set(keys.map(\.config.id)).count == keys.count else {
            throw .inconsistent("its hpke_keys are none, or have one id twice")
        }
        return keys
    }

    private static func token(_ json: RegistrationJSON, _ role: Role) throws(TaskFileError) -> String? {
        guard let token = json.aggregator_token else { return nil }
        guard role == .leader else { throw .inconsistent("a Helper has no aggregator_token, but its sha256") }
        guard TaskFile.isToken(token) else {
            throw .inconsistent("its aggregator_token is no bearer token of 16 characters or more")
        }
        return token
    }

    private static func leaderToken(_ json: RegistrationJSON, _ role: Role) throws(TaskFileError) -> [UInt8]? {
        guard role == .helper else {
            guard json.aggregator_token_sha256 == nil else {
                throw .inconsistent("a Leader has its aggregator_token itself, or draws it")
            }
            return nil
        }
        guard let text = json.aggregator_token_sha256 else {
            throw .inconsistent("it has no aggregator_token_sha256, by which a Helper knows its Leader")
        }
        return try digest(text, "aggregator_token_sha256")
    }

    private static func collectorToken(_ json: RegistrationJSON, _ role: Role) throws(TaskFileError) -> [UInt8]? {
        guard role == .leader else {
            guard json.collector_token_sha256 == nil else {
                throw .inconsistent("a Helper has no collector_token_sha256: the Collector asks the Leader alone")
            }
            return nil
        }
        guard let text = json.collector_token_sha256 else {
            throw .inconsistent("it has no collector_token_sha256, by which a Leader knows the Collector")
        }
        return try digest(text, "collector_token_sha256")
    }

    private static func uploadTokens(
        _ json: RegistrationJSON, _ role: Role
    ) throws(TaskFileError) -> [TaskFile.UploadToken] {
        guard let given = json.upload_tokens?.map(\.value) else { return [] }
        guard role == .leader else {
            throw .inconsistent("a Helper has no upload_tokens: clients upload to the Leader alone")
        }
        guard (1...TaskFile.UploadToken.most).contains(given.count) else {
            throw .inconsistent("its upload_tokens are 1 to \(TaskFile.UploadToken.most), or are left out")
        }
        var tokens: [TaskFile.UploadToken] = []
        for token in given {
            tokens.append(
                .init(
                    digest: try digest(token.sha256, "upload_tokens.sha256"), name: token.name ?? "",
                    added: token.added))
        }
        guard Set(tokens.map(\.id)).count == tokens.count else { throw .inconsistent("an upload token is there twice") }
        return tokens
    }
}
