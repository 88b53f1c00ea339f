import Aggregator
import AggregatorServer
import PopulusDAP
import PopulusTaskFiles

/// One token of a task takes another one's place: changes of a task's secrets, made inside the store's transaction.
///
/// Each may be asked for again, and by several at once: what is done already changes nothing.
enum TokenRotation {
    /// The secrets after what an operator asks for.
    ///
    /// - Parameter drawn: a new token, for the one case that wants one.
    static func changed(
        _ secrets: [TaskSecret], _ request: TokenRequest, role: Role, now: UInt64, drawn: String
    ) throws(TaskDeskError) -> [TaskSecret] {
        switch (request.action, request.kind, role) {
        case (.draw, .leader, .leader): return draw(secrets, drawn)
        case (.show, .leader, .leader): return try show(secrets, try digest(of: request), now: now)
        case (.accept, .leader, .helper): return try accept(secrets, .leaderToken, request, now: now)
        case (.accept, .collector, .leader): return try accept(secrets, .collectorToken, request, now: now)
        case (.accept, .upload, .leader): return try accept(secrets, .uploadToken, request, now: now)
        case (.remove, .leader, .helper): return try remove(secrets, .leaderToken, request, now: now)
        case (.remove, .collector, .leader): return try remove(secrets, .collectorToken, request, now: now)
        case (.remove, .upload, .leader): return try remove(secrets, .uploadToken, request, now: now)
        default:
            throw .conflict(
                "a \(role.name) does not \(request.action.rawValue) a token of the kind \(request.kind.rawValue)")
        }
    }

    private static func digest(of request: TokenRequest) throws(TaskDeskError) -> [UInt8] {
        guard let digest = request.digest.flatMap({ Base64URL.decode($0) }), digest.count == 32 else {
            throw .malformed("token_sha256 has to be SHA-256 of the token, 32 bytes in base64url")
        }
        return digest
    }

    // MARK: What this party shows

    /// A token that waits to be shown; the one that waits already, if there is one.
    private static func draw(_ secrets: [TaskSecret], _ drawn: String) -> [TaskSecret] {
        guard !secrets.contains(where: { $0.kind == .aggregatorToken && $0.times.since == SecretTimes.never }) else {
            return secrets
        }
        let token = TaskSecret(
            .aggregatorToken, bytes: Array(drawn.utf8), times: SecretTimes(since: SecretTimes.never))
        return secrets + [token]
    }

    /// The token with a digest is shown from now on, and the others are gone.
    private static func show(
        _ secrets: [TaskSecret], _ digest: [UInt8], now: UInt64
    ) throws(TaskDeskError) -> [TaskSecret] {
        func isShown(_ secret: TaskSecret) -> Bool { secret.tokenDigest == digest }
        guard secrets.contains(where: { $0.kind == .aggregatorToken && isShown($0) }) else {
            throw .conflict(
                "no token of this digest waits to be shown: it was drawn elsewhere, or another one took its place")
        }
        return secrets.compactMap { secret in
            guard secret.kind == .aggregatorToken else { return secret }
            guard isShown(secret) else { return nil }
            var secret = secret
            if secret.times.since == SecretTimes.never { secret.times.since = now }
            return secret
        }
    }

    // MARK: What others show

    private static func accept(
        _ secrets: [TaskSecret], _ kind: TaskSecret.Kind, _ request: TokenRequest, now: UInt64
    ) throws(TaskDeskError) -> [TaskSecret] {
        let digest = try digest(of: request)
        guard request.name?.utf8.count ?? 0 <= 100 else { throw .malformed("a token's name has at most 100 bytes") }
        var isThere = false
        var secrets = secrets.map { secret in
            guard secret.kind == kind else { return secret }
            var secret = secret
            if secret.bytes == digest {
                isThere = true
                secret.times.until = nil
            } else if let seconds = request.othersFor {
                secret.times.until = min(secret.times.until ?? .max, now.adding(seconds))
            }
            return secret
        }
        if !isThere {
            guard secrets.count(where: { $0.kind == kind }) < TaskFile.UploadToken.most else {
                throw .conflict(
                    "a task has at most \(TaskFile.UploadToken.most) tokens of a kind: remove old ones first")
            }
            let added = kind == .uploadToken ? (0..<8).map { UInt8(truncatingIfNeeded: now >> (56 - 8 * $0)) } : []
            secrets.append(
                TaskSecret(
                    kind, label: added + Array((request.name ?? "").utf8), bytes: digest,
                    times: SecretTimes(since: now)))
        }
        return secrets
    }

    private static func remove(
        _ secrets: [TaskSecret], _ kind: TaskSecret.Kind, _ request: TokenRequest, now: UInt64
    ) throws(TaskDeskError) -> [TaskSecret] {
        guard let ids = request.ids, !ids.isEmpty else { throw .malformed("ids has to name the tokens that go") }
        let rest = secrets.filter { $0.kind != kind || !ids.contains($0.tokenID) }
        // One that goes at its time is none that stays.
        let isLast = !rest.contains { $0.kind == kind && $0.times.until == nil }
        guard rest.count == secrets.count || !isLast || (kind == .uploadToken && request.open == true) else {
            throw .conflict(
                kind == .uploadToken
                    ? "without a token anybody may upload: add a new one first, or say that it is meant"
                    : "it is the last one: nobody would be let in")
        }
        return rest
    }
}

extension TaskSecret {
    /// SHA-256 of a token, of whichever kind.
    var tokenDigest: [UInt8] {
        kind == .aggregatorToken ? TaskRegistration.digest(of: String(decoding: bytes, as: UTF8.self)) : bytes
    }

    /// What a token is called: the first eight hexadecimal digits of its digest.
    var tokenID: String { TaskFile.UploadToken(digest: tokenDigest).id }
}
