import Foundation
import PopulusDAP
import PopulusDurableFiles

/// The file's JSON: bytes as unpadded base64url, times in seconds.
private struct TaskprovJSON: Codable {
    struct Key: Codable {
        var config: String
        var private_key: String
    }

    struct UploadToken: Codable {
        var sha256: String
        var name: String?
        var added: UInt64?
    }

    struct Peer: Codable {
        var url: String
        var verify_key_init: String
        var verify_key_id: UInt8?
        var aggregator_token: String?
        var aggregator_token_sha256: String?
        var collector_hpke_config: String
        var collector_token_sha256: String?
        var upload_tokens: [UploadToken]?
        var limits: Limits
    }

    struct Limits: Codable {
        var max_tasks: Int
        var max_tasks_per_day: Int
        var max_lifetime: UInt64
        var max_time_precision: UInt64
        var min_batch_size: UInt64
        var vdafs: [String]
        var max_length: UInt64
        var max_elements: UInt64?
        var max_epsilon: Double?
        var max_delta: Double
        var walks: Walks?
    }

    struct Walks: Codable {
        var min_threshold: UInt64
        var max_bits: UInt64
        var max_steps: UInt64
        var max_candidates: UInt64
        var max_bits_per_step: UInt64
        var max_late_rejections_ppm: UInt64
        var max_life: UInt64
    }

    var format: String
    var role: String
    var url: String
    var hpke_keys: [Key]
    var clock_skew: UInt64?
    var keep_after_end: UInt64?
    var peers: [Peer]

    static let format = "populus-taskprov/1"
}

extension TaskprovFile {
    private static let greatestSize = 1 << 20

    package func encoded() -> [UInt8] {
        let json = TaskprovJSON(
            format: TaskprovJSON.format, role: role.name, url: url.text,
            hpke_keys: hpkeKeys.map {
                .init(config: Base64URL.encode($0.config.encoded()), private_key: Base64URL.encode($0.privateKeyBytes))
            }, clock_skew: clockSkew, keep_after_end: keepAfterEnd, peers: peers.map(TaskprovJSON.Peer.init))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(json)) + [UInt8(ascii: "\n")] } catch {
            preconditionFailure("strings and numbers always have a JSON: \(error)")
        }
    }

    /// Reads a role's file.
    package init(readingFrom path: String, as role: Role) throws(TaskFileError) {
        try self.init(decoding: try TaskprovBytes.read(path, limit: Self.greatestSize), path: path)
        guard self.role == role else {
            throw .malformed(path: path, reason: "it is the \(self.role.name)'s, and this is the \(role.name)")
        }
    }

    /// - Parameter path: where the bytes come from, for messages.
    package init(decoding bytes: [UInt8], path: String) throws(TaskFileError) {
        let json = try TaskprovBytes.json(bytes, as: TaskprovJSON.self, path: path)
        do throws(TaskFileError) { try self.init(json) } catch {
            guard case .inconsistent(let reason) = error else { throw error }
            throw .malformed(path: path, reason: ForeignText.escaped(reason))
        }
    }

    private init(_ json: TaskprovJSON) throws(TaskFileError) {
        guard json.format == TaskprovJSON.format else {
            throw .inconsistent("its format is \"\(json.format)\", this program reads \"\(TaskprovJSON.format)\"")
        }
        guard let role = Role(name: json.role) else { throw .inconsistent("no role is called \"\(json.role)\"") }
        var keys: [HpkeKeyPair] = []
        for key in json.hpke_keys { keys.append(try TaskprovBytes.keyPair(key.config, key.private_key)) }
        var peers: [TaskprovPeer] = []
        for peer in json.peers { peers.append(try TaskprovPeer(peer)) }
        try self.init(
            role: role, url: try TaskprovBytes.url(json.url), hpkeKeys: keys,
            clockSkew: json.clock_skew ?? TaskFile.defaultClockSkew,
            keepAfterEnd: json.keep_after_end ?? Self.defaultKeepAfterEnd, peers: peers)
    }
}

// MARK: - Its members

extension TaskprovPeer {
    fileprivate init(_ json: TaskprovJSON.Peer) throws(TaskFileError) {
        guard let seed = VerifyKeySeed(bytes: try TaskprovBytes.bytes(json.verify_key_init, "verify_key_init")) else {
            throw .inconsistent("a peer's verify_key_init has not 32 bytes")
        }
        if let token = json.aggregator_token, !TaskFile.isToken(token) {
            throw .inconsistent("a peer's aggregator_token is no bearer token of 16 characters or more")
        }
        var tokens: [TaskFile.UploadToken] = []
        for token in json.upload_tokens ?? [] {
            let digest = try TaskprovBytes.digest(token.sha256, "upload_tokens.sha256")
            tokens.append(.init(digest: digest ?? [], name: token.name ?? "", added: token.added))
        }
        guard tokens.count <= TaskFile.UploadToken.most, Set(tokens.map(\.id)).count == tokens.count else {
            throw .inconsistent(
                "a peer's upload_tokens are more than \(TaskFile.UploadToken.most), or one is there twice")
        }
        self.init(
            url: try TaskprovBytes.url(json.url), seed: seed, verifyKeyID: json.verify_key_id ?? 0,
            aggregatorToken: json.aggregator_token,
            leaderTokenDigest: try TaskprovBytes.digest(json.aggregator_token_sha256, "aggregator_token_sha256"),
            collectorHpkeConfig: try TaskprovBytes.config(json.collector_hpke_config),
            collectorTokenDigest: try TaskprovBytes.digest(json.collector_token_sha256, "collector_token_sha256"),
            uploadTokens: tokens, limits: TaskprovLimits(json.limits))
    }
}

extension TaskprovJSON.Peer {
    init(_ peer: TaskprovPeer) {
        self.init(
            url: peer.url.text, verify_key_init: Base64URL.encode(peer.seed.bytes), verify_key_id: peer.verifyKeyID,
            aggregator_token: peer.aggregatorToken,
            aggregator_token_sha256: peer.leaderTokenDigest.map(Base64URL.encode),
            collector_hpke_config: Base64URL.encode(peer.collectorHpkeConfig.encoded()),
            collector_token_sha256: peer.collectorTokenDigest.map(Base64URL.encode),
            upload_tokens: peer.uploadTokens.isEmpty
                ? nil
                : peer.uploadTokens.map {
                    .init(
                        sha256: Base64URL.encode($0.digest), name: $0.name.isEmpty ? nil : $0.name, added: $0.added)
                }, limits: .init(peer.limits))
    }
}

extension TaskprovLimits {
    fileprivate init(_ json: TaskprovJSON.Limits) {
        self.init()
        (maxTasks, maxTasksPerDay, maxLifetime) = (json.max_tasks, json.max_tasks_per_day, json.max_lifetime)
        (maxTimePrecision, minBatchSize) = (json.max_time_precision, json.min_batch_size)
        (vdafs, maxLength) = (Set(json.vdafs), json.max_length)
        if let given = json.max_elements { maxElements = given }
        (maxEpsilon, maxDelta) = (json.max_epsilon, json.max_delta)
        guard let given = json.walks else { return }
        var bounds = WalkLimits()
        (bounds.minThreshold, bounds.maxBits, bounds.maxSteps) = (given.min_threshold, given.max_bits, given.max_steps)
        (bounds.maxCandidates, bounds.maxBitsPerStep) = (given.max_candidates, given.max_bits_per_step)
        (bounds.maxLateRejectionsPPM, bounds.maxLife) = (given.max_late_rejections_ppm, given.max_life)
        walks = bounds
    }
}

extension TaskprovJSON.Limits {
    init(_ limits: TaskprovLimits) {
        self.init(
            max_tasks: limits.maxTasks, max_tasks_per_day: limits.maxTasksPerDay, max_lifetime: limits.maxLifetime,
            max_time_precision: limits.maxTimePrecision, min_batch_size: limits.minBatchSize,
            vdafs: limits.vdafs.sorted(), max_length: limits.maxLength, max_elements: limits.maxElements,
            max_epsilon: limits.maxEpsilon,
            max_delta: limits.maxDelta,
            walks: limits.walks.map {
                .init(
                    min_threshold: $0.minThreshold, max_bits: $0.maxBits, max_steps: $0.maxSteps,
                    max_candidates: $0.maxCandidates, max_bits_per_step: $0.maxBitsPerStep,
                    max_late_rejections_ppm: $0.maxLateRejectionsPPM, max_life: $0.maxLife)
            })
    }
}
