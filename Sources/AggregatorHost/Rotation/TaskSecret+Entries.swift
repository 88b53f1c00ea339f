import Aggregator
import AggregatorServer
import PopulusDAP

extension TaskKeyEntry {
    /// Nothing where the secret is no key.
    init?(_ secret: TaskSecret, at now: UInt64, _ policy: RotationPolicy) {
        guard secret.kind == .hpkeKey, let config = try? HpkeConfig(decoding: secret.label) else { return nil }
        self.init(
            id: config.id, publicKey: Base64URL.encode(config.publicKey),
            state: secret.times.keyState(at: now, policy).rawValue, since: secret.times.knownSince,
            until: secret.times.until)
    }
}

extension TaskTokenEntry {
    /// Nothing where the secret is no token.
    init?(_ secret: TaskSecret, among all: [TaskSecret], at now: UInt64) {
        let kind: TokenRequest.Kind
        var (name, state) = (secret.label[...], secret.times.isValid(at: now) ? "valid" : "over")
        switch secret.kind {
        case .hpkeKey, .verifyKey: return nil
        case .aggregatorToken:
            kind = .leader
            state = all.shownToken(at: now) == String(decoding: secret.bytes, as: UTF8.self) ? "shown" : "waiting"
        case .leaderToken: kind = .leader
        case .collectorToken: kind = .collector
        case .uploadToken: (kind, name) = (.upload, secret.label.dropFirst(8))
        }
        self.init(
            kind: kind, id: secret.tokenID, digest: Base64URL.encode(secret.tokenDigest),
            name: name.isEmpty ? nil : String(decoding: name, as: UTF8.self), state: state,
            since: secret.times.knownSince, until: secret.times.until)
    }
}

extension SecretTimes {
    /// Whether what it means changes with the time.
    var areSet: Bool { self != SecretTimes() }

    fileprivate var knownSince: UInt64? { since == 0 || since == Self.never ? nil : since }
}
