import Aggregator
import AggregatorServer
import PopulusDAP

/// One key of a task takes another one's place: changes of a task's secrets, made inside the store's transaction.
///
/// Each may be asked for again, and by several at once: what is done already changes nothing.
enum KeyRotation {
    /// The secrets with a new key, which is used from when it is no longer pending; the others are used until then.
    ///
    /// - Parameters:
    ///   - old: the configuration ID of the key that is to be replaced; nothing for the newest one.
    ///   - key: the new one.
    static func begin(
        _ secrets: [TaskSecret], replacing old: UInt8?, pending: UInt64, now: UInt64, key: HpkeKeyPair
    ) throws(TaskDeskError) -> [TaskSecret] {
        let keys = secrets.filter { $0.kind == .hpkeKey }
        guard let newest = newest(of: keys) else { throw .unavailable("the task has no key") }
        if let old {
            guard keys.contains(where: { $0.configID == old }) else {
                throw .conflict("the task has no key \(old)")
            }
            // Somebody has replaced it.
            guard newest.configID == old else { return secrets }
        }
        // Nobody uses it yet: it is new enough.
        guard newest.times.since <= now else { return secrets }
        // Only where a task has hundreds of keys, or another process has just drawn the same.
        guard !keys.contains(where: { $0.configID == key.config.id }) else {
            throw .unavailable("the new key's ID is another one's: ask again")
        }
        let since = now.adding(max(pending, RotationPolicy.leastPending))
        let others = secrets.map { secret in
            var secret = secret
            if secret.kind == .hpkeKey, secret.times.until == nil { secret.times.until = since }
            return secret
        }
        return others + [
            TaskSecret(
                .hpkeKey, label: key.config.encoded(), bytes: key.privateKeyBytes, times: SecretTimes(since: since))
        ]
    }

    /// Whether the schedule wants a new key.
    ///
    /// - Parameter added: when the task was, which is when a key that came with it was new.
    static func isDue(_ secrets: [TaskSecret], added: UInt64, now: UInt64, _ policy: RotationPolicy) -> Bool {
        guard let period = policy.period, let newest = newest(of: secrets.filter { $0.kind == .hpkeKey }),
            newest.times.since <= now
        else { return false }
        return now.adding(policy.pending) >= max(newest.times.since, added).adding(period)
    }

    /// The secrets with what was looked up of the keys that may be erased, and without those that nothing needs.
    ///
    /// - Parameters:
    ///   - lastBodies: the rows of the store now; nothing where nobody has looked.
    ///   - isFree: whether nothing is stored up to some rows.
    static func swept(
        _ secrets: [TaskSecret], now: UInt64, _ policy: RotationPolicy, lastBodies: [Int64]?, isFree: Set<[Int64]>
    ) -> [TaskSecret] {
        let newest = newest(of: secrets.filter { $0.kind == .hpkeKey })
        return secrets.compactMap { secret in
            switch secret.kind {
            case .hpkeKey:
                guard secret != newest, secret.times.isErasable(at: now, policy) else { return secret }
                guard let rows = secret.times.lastBodies else {
                    var secret = secret
                    // No upload that is sealed to it is taken any more, wherever.
                    secret.times.lastBodies = lastBodies
                    return secret
                }
                return isFree.contains(rows) ? nil : secret
            case .leaderToken, .collectorToken, .uploadToken:
                return secret.times.isValid(at: now) ? secret : nil
            case .verifyKey, .aggregatorToken: return secret
            }
        }
    }

    private static func newest(of keys: [TaskSecret]) -> TaskSecret? {
        // Of several that came with the task the first is preferred: `max` gives the first of equal ones.
        keys.max { $0.times.since < $1.times.since }
    }
}

extension TaskSecret {
    /// The configuration ID of a key, the first byte of its `HpkeConfig`; nothing for another secret.
    var configID: UInt8? { kind == .hpkeKey ? label.first : nil }
}
