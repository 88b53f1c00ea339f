import Foundation
import PopulusDAP

/// The file's JSON: one flat object, bytes as unpadded base64url, members that other roles have left out.
private struct TaskFileJSON: Codable {
    struct Key: Codable {
        var config: String
        var private_key: String
    }

    struct VerifyKey: Codable {
        var id: UInt8
        var key: String
    }

    struct UploadToken: Codable {
        var sha256: String?
        var name: String?
        var added: UInt64?
    }

    struct CodePoints: Codable {
        var task: UInt16
        var aggregation_job: UInt16
        var collection_job: UInt16
        /// Files of earlier versions have none.
        var noise: UInt16?
    }

    var format: String
    var role: String
    var task_id: TaskID
    var task_configuration: String
    var encoding: String?
    var walk_code_points: CodePoints?
    var hpke_key: Key?
    var older_hpke_keys: [Key]?
    var collector_hpke_config: String?
    var verify_keys: [VerifyKey]?
    var aggregator_token: String?
    var collector_token: String?
    var upload_tokens: [UploadToken]?
    var clock_skew: UInt64?
    var report_expiry: UInt64?

    static let format = "populus-task/1"
}

/// Why JSON is no task file; `TaskFile` adds the path.
private struct Malformed: Error {
    var reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

extension TaskFile {
    /// The file's bytes.
    package func encoded() -> [UInt8] {
        var json = TaskFileJSON(
            format: TaskFileJSON.format, role: role.name, task_id: taskID,
            task_configuration: Base64URL.encode(configuration.encoded()), encoding: encoding,
            walk_code_points: usesCodePoints ? .init(walkCodePoints) : nil)
        switch secrets {
        case .client:
            json.collector_hpke_config = collectorHpkeConfig.map { Base64URL.encode($0.encoded()) }
        case .leader(let secrets):
            (json.clock_skew, json.report_expiry) = (clockSkew, reportExpiry)
            json.set(hpkeKeys: secrets.hpkeKeys)
            json.collector_hpke_config = Base64URL.encode(secrets.collectorHpkeConfig.encoded())
            json.verify_keys = secrets.verifyKeys.map { .init(id: $0.id, key: Base64URL.encode($0.bytes)) }
            json.aggregator_token = secrets.aggregatorToken
            json.collector_token = secrets.collectorToken
            json.set(uploadTokens: secrets.uploadTokens)
        case .helper(let secrets):
            (json.clock_skew, json.report_expiry) = (clockSkew, reportExpiry)
            json.set(hpkeKeys: secrets.hpkeKeys)
            json.collector_hpke_config = Base64URL.encode(secrets.collectorHpkeConfig.encoded())
            json.verify_keys = secrets.verifyKeys.map { .init(id: $0.id, key: Base64URL.encode($0.bytes)) }
            json.aggregator_token = secrets.aggregatorToken
        case .collector(let secrets):
            json.hpke_key = .init(secrets.hpkeKey)
            json.collector_token = secrets.collectorToken
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(json)) + [UInt8(ascii: "\n")]
        } catch {
            preconditionFailure("strings and numbers always have a JSON: \(error)")
        }
    }

    /// Reads a file's bytes.
    ///
    /// - Parameter path: where they come from, for messages.
    package init(decoding bytes: [UInt8], path: String) throws(TaskFileError) {
        do {
            try self.init(json: Self.json(bytes))
        } catch let error as Malformed {
            throw .malformed(path: path, reason: ForeignText.escaped(error.reason))
        } catch TaskFileError.inconsistent(let reason) {
            throw .malformed(path: path, reason: ForeignText.escaped(reason))
        } catch TaskFileError.outdated(_, let reason) {
            throw .outdated(path: path, reason: ForeignText.escaped(reason))
        } catch {
            throw .malformed(path: path, reason: ForeignText.escaped("\(error)"))
        }
    }

    private static func json(_ bytes: [UInt8]) throws -> TaskFileJSON {
        do {
            let json = try JSONDecoder().decode(TaskFileJSON.self, from: Data(bytes))
            guard json.format == TaskFileJSON.format else {
                throw Malformed("its format is \"\(json.format)\", this program reads \"\(TaskFileJSON.format)\"")
            }
            return json
        } catch DecodingError.keyNotFound(let key, _) {
            throw Malformed("it has no \"\(key.stringValue)\"")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context)
        {
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw Malformed(place.isEmpty ? "it is not JSON" : "\"\(place)\": \(context.debugDescription)")
        }
    }

    private init(json: TaskFileJSON) throws {
        guard let role = Role(name: json.role) else { throw Malformed("no role is called \"\(json.role)\"") }
        let secrets: Secrets
        switch role {
        case .client: secrets = .client
        case .leader:
            secrets = .leader(
                LeaderSecrets(
                    hpkeKey: try json.hpkeKey(), olderHpkeKeys: try json.olderHpkeKeys(),
                    collectorHpkeConfig: try json.collectorHpkeConfig(), verifyKeys: try json.verifyKeys(),
                    aggregatorToken: try json.token(json.aggregator_token, "aggregator_token"),
                    collectorToken: try json.token(json.collector_token, "collector_token"),
                    uploadTokens: try json.uploadTokens()))
        case .helper:
            secrets = .helper(
                HelperSecrets(
                    hpkeKey: try json.hpkeKey(), olderHpkeKeys: try json.olderHpkeKeys(),
                    collectorHpkeConfig: try json.collectorHpkeConfig(), verifyKeys: try json.verifyKeys(),
                    aggregatorToken: try json.token(json.aggregator_token, "aggregator_token")))
        case .collector:
            secrets = .collector(
                CollectorSecrets(
                    hpkeKey: try json.hpkeKey(),
                    collectorToken: try json.token(json.collector_token, "collector_token")))
        }
        let configuration: TaskConfiguration
        do {
            configuration = try TaskConfiguration(decoding: json.bytes(json.task_configuration, "task_configuration"))
        } catch {
            throw Malformed("\"task_configuration\": \(error)")
        }
        try self.init(
            taskID: json.task_id, configuration: configuration, encoding: json.encoding,
            walkCodePoints: json.walk_code_points.map {
                WalkCodePoints(
                    task: $0.task, aggregationJob: $0.aggregation_job, collectionJob: $0.collection_job,
                    noise: $0.noise ?? WalkCodePoints.provisional.noise)
            } ?? .provisional,
            secrets: secrets,
            collectorHpkeConfig: json.collector_hpke_config == nil ? nil : try json.collectorHpkeConfig(),
            clockSkew: json.clock_skew ?? Self.defaultClockSkew, reportExpiry: json.report_expiry)
    }

    /// Whether the configuration has the walk extension, or that of a batch's noise.
    private var usesCodePoints: Bool {
        [walkCodePoints.task, walkCodePoints.noise].contains { configuration.extensions.data(ofType: $0) != nil }
    }
}

extension TaskFileJSON.Key {
    init(_ key: HpkeKeyPair) {
        self.init(
            config: Base64URL.encode(key.config.encoded()), private_key: Base64URL.encode(key.privateKeyBytes))
    }
}

extension TaskFileJSON.CodePoints {
    init(_ points: WalkCodePoints) {
        self.init(
            task: points.task, aggregation_job: points.aggregationJob, collection_job: points.collectionJob,
            noise: points.noise)
    }
}

extension TaskFileJSON {
    mutating func set(hpkeKeys: [HpkeKeyPair]) {
        hpke_key = hpkeKeys.first.map(Key.init)
        older_hpke_keys = hpkeKeys.count > 1 ? hpkeKeys.dropFirst().map(Key.init) : nil
    }

    func bytes(_ text: String?, _ name: String) throws -> [UInt8] {
        guard let text else { throw Malformed("it has no \"\(name)\", which the \(role) needs") }
        guard let bytes = Base64URL.decode(text) else { throw Malformed("\"\(name)\" is not base64url") }
        return bytes
    }

    func hpkeKey() throws -> HpkeKeyPair {
        try hpkeKey(hpke_key, "hpke_key")
    }

    func olderHpkeKeys() throws -> [HpkeKeyPair] {
        let keys = try (older_hpke_keys ?? []).map { try hpkeKey($0, "older_hpke_keys") }
        let ids = [try hpkeKey().config.id] + keys.map(\.config.id)
        guard Set(ids).count == ids.count else {
            throw Malformed("\"older_hpke_keys\" and \"hpke_key\" have one id twice")
        }
        return keys
    }

    private func hpkeKey(_ key: Key?, _ name: String) throws -> HpkeKeyPair {
        let config = try hpkeConfig(key?.config, "\(name).config")
        let bytes = try bytes(key?.private_key, "\(name).private_key")
        do {
            return try HpkeKeyPair(config: config, privateKeyBytes: bytes)
        } catch {
            throw Malformed("\"\(name)\": the private key does not belong to the configuration")
        }
    }

    func collectorHpkeConfig() throws -> HpkeConfig {
        try hpkeConfig(collector_hpke_config, "collector_hpke_config")
    }

    private func hpkeConfig(_ text: String?, _ name: String) throws -> HpkeConfig {
        let bytes = try bytes(text, name)
        // What does not decode is as unknown as what has other algorithms.
        guard let config = try? HpkeConfig(decoding: bytes), config.isSupported else {
            throw Malformed("\"\(name)\" is no HPKE configuration that this program knows")
        }
        return config
    }

    func verifyKeys() throws -> [TaskFile.VerifyKey] {
        guard let keys = verify_keys, !keys.isEmpty else { throw Malformed("it has no \"verify_keys\"") }
        guard Set(keys.map(\.id)).count == keys.count else { throw Malformed("\"verify_keys\" have one id twice") }
        return try keys.map { .init(id: $0.id, bytes: try bytes($0.key, "verify_keys.key")) }
    }

    /// A token that can stand in an Authorization field (RFC 6750 §2.1).
    func token(_ text: String?, _ name: String) throws -> String {
        guard let text else { throw Malformed("it has no \"\(name)\", which the \(role) needs") }
        guard TaskFile.isToken(text) else {
            throw Malformed("\"\(name)\" is no bearer token of 16 characters or more")
        }
        return text
    }

    mutating func set(uploadTokens: [TaskFile.UploadToken]) {
        guard !uploadTokens.isEmpty else { return }
        upload_tokens = uploadTokens.map { token in
            UploadToken(
                sha256: Base64URL.encode(token.digest), name: token.name.isEmpty ? nil : token.name,
                added: token.added)
        }
    }

    /// An empty list could be meant as "nobody" or as "anybody", so that it is none.
    func uploadTokens() throws -> [TaskFile.UploadToken] {
        guard let upload_tokens else { return [] }
        guard (1...TaskFile.UploadToken.most).contains(upload_tokens.count) else {
            throw Malformed(
                "\"upload_tokens\" are 1 to \(TaskFile.UploadToken.most); where anybody may upload the member is left out"
            )
        }
        let tokens = try upload_tokens.map { token in
            let digest = try bytes(token.sha256, "upload_tokens.sha256")
            guard digest.count == 32 else { throw Malformed("\"upload_tokens.sha256\" is no SHA-256, of 32 bytes") }
            return TaskFile.UploadToken(digest: digest, name: token.name ?? "", added: token.added)
        }
        guard Set(tokens.map(\.id)).count == tokens.count else {
            throw Malformed("\"upload_tokens\" have one token twice")
        }
        return tokens
    }
}
