import Aggregator
import PopulusDAP
import PopulusTaskFiles

/// Keys and tokens of tasks that requests have brought: those of the file that the last start had.
///
/// The store has them, with their times. So all processes of the role go by them, and so does a start without the file: what was
/// taken out of the file stays out.
enum AdvertisedSecrets {
    /// A task's secrets once it follows the file; the same ones if it does already.
    ///
    /// Tokens are the file's and no others. The file's first key is the one that clients are told of first. Keys that the file has
    /// no more are known for as long as reports may be sealed to them, also where a new one has the same ID.
    ///
    /// - Parameters:
    ///   - file: what the task would have if it were brought now; its verification keys are not looked at.
    ///   - pending: how long a new key is known before clients are told of it, in seconds.
    static func following(
        _ secrets: [TaskSecret], _ file: [TaskSecret], at now: UInt64, pending: UInt64
    ) -> [TaskSecret] {
        let preferred = file.first { $0.kind == .hpkeKey }
        let newest = secrets.keysInOrderOfUse.first { $0.times.until == nil }
        let isReplaced = preferred.map { key in !(newest?.isKey(key) ?? false) } ?? false
        // One that clients are told of already, as after a file that was taken back, is known to all others.
        let isUsed = preferred.map { key in secrets.contains { $0.isKey(key) && $0.times.isUsed(at: now) } } ?? false
        // What is replaced goes on until what replaces it is used.
        let since = isReplaced ? (isUsed ? now : now.adding(pending)) : max(now, newest?.times.since ?? 0)
        let stay = secrets.compactMap { secret -> TaskSecret? in
            var secret = secret
            switch secret.kind {
            case .verifyKey: return secret
            case .hpkeKey:
                if file.contains(where: secret.isKey) {
                    // It may have been out of the file meanwhile.
                    (secret.times.until, secret.times.lastBodies) = (nil, nil)
                    if isReplaced, preferred.map(secret.isKey) ?? false { secret.times.since = since }
                } else {
                    let until = min(secret.times.until ?? since, since)
                    // One that was never used is behind what is used now.
                    (secret.times.since, secret.times.until) = (min(secret.times.since, until), until)
                }
                return secret
            case .aggregatorToken, .leaderToken, .collectorToken, .uploadToken:
                guard file.contains(where: { $0.kind == secret.kind && $0.bytes == secret.bytes }) else { return nil }
                if secret.times.since == SecretTimes.never { secret.times.since = 0 }
                secret.times.until = nil
                return secret
            }
        }
        let new = file.filter { secret in
            switch secret.kind {
            case .verifyKey: false
            case .hpkeKey: !secrets.contains(where: secret.isKey)
            case .aggregatorToken, .leaderToken, .collectorToken, .uploadToken:
                !secrets.contains { $0.kind == secret.kind && $0.bytes == secret.bytes }
            }
        }
        return stay
            + new.map { secret in
                // Others than the first are behind all that are there.
                let isFirst = preferred.map(secret.isKey) ?? false
                return TaskSecret(
                    secret.kind, label: secret.label, bytes: secret.bytes,
                    times: SecretTimes(since: isReplaced && isFirst ? since : 0))
            }
    }
}

extension TaskSecret {
    /// Whether both are one key: not by its ID, which others may have.
    fileprivate func isKey(_ other: TaskSecret) -> Bool {
        kind == .hpkeKey && other.kind == .hpkeKey && label == other.label && bytes == other.bytes
    }
}

extension SecretTimes {
    /// Whether clients are told of a key with these times.
    fileprivate func isUsed(at now: UInt64) -> Bool { since <= now && until.map { now < $0 } ?? true }
}

extension OperatedTasks {
    /// The task as it is kept once its keys and tokens are those of the file, where requests have brought it: at a start, once.
    ///
    /// - Returns: the same where there is nothing to change.
    func followingFile(_ kept: KeptTask, _ revision: UInt64) throws(StoreError) -> (KeptTask, UInt64) {
        guard unfollowed.withLock({ $0.contains(kept.id) }) else { return (kept, revision) }
        let stored = try kept.registration(as: role, at: now)
        var (task, revision) = (kept, revision)
        if let today = taskprov?.renewed(stored) {
            let file = KeptTask(today, added: kept.added).secrets
            // Others hear of a key before clients do.
            let (now, pending) = (now, isShared ? RotationPolicy.leastPending : 0)
            if AdvertisedSecrets.following(kept.secrets, file, at: now, pending: pending) != kept.secrets {
                do {
                    (task, revision) = try shelf.changeSecrets(of: kept.id) { secrets in
                        AdvertisedSecrets.following(secrets, file, at: now, pending: pending)
                    }
                } catch {
                    throw error as? StoreError ?? .database("\(error)")
                }
            }
        }
        unfollowed.withLock { _ = $0.remove(kept.id) }
        return (task, revision)
    }

    /// Offers clients the file's keys, whether or not there is a task, but for those that others of the role have yet to hear of.
    func offerFileKeys() {
        guard let taskprov else { return }
        let (now, policy, brought) = (now, policy, host.members.brought)
        let known = taskprov.hpkeKeys.map { $0.config }.filter { config in
            let label = config.encoded()
            return !brought.contains { member in
                member.secrets.contains {
                    $0.kind == .hpkeKey && $0.label == label && $0.times.keyState(at: now, policy) == .pending
                }
            }
        }
        host.registry.offer(HpkeConfigList(configs: known), base: taskprov.url.path)
    }

    /// What is served of a task that the store keeps: of one that requests have brought with what the file says of the Collector and
    /// of clocks.
    func registration(of kept: KeptTask) throws(StoreError) -> TaskRegistration {
        let stored = try kept.registration(as: role, at: now)
        // What the store has is complete: it was made of such a file.
        return (try? taskprov?.renewed(stored)?.with(keysAndTokensOf: stored)) ?? stored
    }
}
