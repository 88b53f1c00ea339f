import Aggregator
import AggregatorServer
import PopulusDAP
import PopulusTaskFiles
import Synchronization

/// The keys and tokens of a task that is served, which change while requests are answered.
final class TaskCredentials: Sendable {
    let receiver: HpkeReceiver
    private let parties: ValidTokens
    private let clients: ValidTokens
    private let role: Role
    private let state: Mutex<State>

    private struct State {
        var shownToken: String
        /// As the receiver has them.
        var keys: [HeldHpkeKey]
        /// Of the secrets that it goes by.
        var revision: UInt64 = 0
        /// By their encoded configurations.
        var known: [[UInt8]: Known]
    }

    /// - Parameters:
    ///   - task: with the keys and tokens of the start.
    ///   - isStale: whether this process may have missed a change.
    init(
        _ task: TaskRegistration, joining keyring: HpkeKeyring, isStale: @escaping @Sendable () -> Bool
    ) throws(HpkeError) {
        role = task.role
        receiver = try HpkeReceiver(keyPairs: task.hpkeKeys, joining: keyring)
        parties = ValidTokens(
            [task.role == .leader ? task.collectorTokenDigest : task.leaderTokenDigest].compactMap { $0 },
            isStale: isStale)
        clients = ValidTokens(task.uploadTokens.map(\.digest), isStale: isStale)
        state = Mutex(
            State(
                shownToken: task.aggregatorToken ?? "", keys: receiver.keys,
                known: Dictionary(task.hpkeKeys.map { ($0.config.encoded(), Known($0)) }) { first, _ in first }))
    }

    /// What a Leader shows its Helper now.
    var shownToken: String { state.withLock { $0.shownToken } }

    /// What its callers show.
    var tokens: [RouteRow.Caller: BearerToken] {
        [role == .leader ? .collector : .leader: BearerToken(parties)]
    }

    /// Of which clients of a Leader show one; while there is none anybody may upload.
    var uploadTokens: UploadTokens? { role == .leader ? UploadTokens(clients) : nil }

    /// Goes by a task's secrets at a moment; what has not changed is left as it is, and older ones change nothing.
    ///
    /// - Parameters:
    ///   - revision: of the secrets: two threads may come with two.
    ///   - isStart: whether they are those that the task has as it comes to be served here: none of its keys is news.
    func apply(
        _ secrets: [TaskSecret], revision: UInt64, at now: UInt64, _ policy: RotationPolicy, isStart: Bool = false
    ) {
        func valid(_ kind: TaskSecret.Kind) -> [[UInt8]] {
            secrets.filter { $0.kind == kind && $0.times.isValid(at: now) }.map(\.bytes)
        }
        state.withLock { state in
            guard revision >= state.revision else { return }
            state.revision = revision
            parties.digests = valid(role == .leader ? .collectorToken : .leaderToken)
            clients.digests = valid(.uploadToken)
            if let token = secrets.shownToken(at: now) { state.shownToken = token }
            let keys = held(secrets, at: now, policy, heard: isStart ? nil : ContinuousClock.now, &state)
            guard keys != state.keys else { return }
            // Keys of a task are never none, and no two that are offered have one ID.
            guard (try? receiver.replace(with: keys)) != nil else { return }
            state.keys = keys
        }
    }

    /// The keys as they are used now, those that clients are told of first.
    ///
    /// - Parameter moment: when this process heard of those that it does not know yet; nothing at the start.
    private func held(
        _ secrets: [TaskSecret], at now: UInt64, _ policy: RotationPolicy, heard moment: ContinuousClock.Instant?,
        _ state: inout State
    ) -> [HeldHpkeKey] {
        var keys: [(pair: HpkeKeyPair, use: KeyState)] = []
        for secret in secrets.keysInOrderOfUse {
            guard let known = state.known[secret.label] ?? Known(secret, heard: moment) else { continue }
            state.known[secret.label] = known
            var use = secret.times.keyState(at: now, policy)
            // A clock that is ahead of the others' tells of no key that they have not heard of.
            if use == .active, let heard = known.heard, ContinuousClock.now - heard < policy.settling {
                use = .pending
            }
            keys.append((known.pair, use))
        }
        let labels = Set(secrets.map(\.label))
        state.known = state.known.filter { labels.contains($0.key) }
        // Clocks that were set back, or a key that settles: clients are told of something all the same.
        let told = [KeyState.active, .expired, .pending].first { use in keys.contains { $0.use == use } }
        var offered: Set<UInt8> = []
        return keys.map { key in
            // Clients know a key by its ID.
            HeldHpkeKey(
                key.pair, isOffered: key.use == told && offered.insert(key.pair.config.id).inserted,
                takesUploads: key.use != .closed)
        }
    }
}

/// A key that this process knows.
private struct Known {
    let pair: HpkeKeyPair
    /// When it heard of it; nothing for one that was there at the start.
    let heard: ContinuousClock.Instant?

    init(_ pair: HpkeKeyPair) { (self.pair, heard) = (pair, nil) }

    init?(_ secret: TaskSecret, heard: ContinuousClock.Instant?) {
        guard let pair = secret.keyPair else { return nil }
        (self.pair, self.heard) = (pair, heard)
    }
}

extension TaskSecret {
    /// The key pair that it is; nothing where it does not decode.
    var keyPair: HpkeKeyPair? {
        guard kind == .hpkeKey, let config = try? HpkeConfig(decoding: label) else { return nil }
        // What does not belong together is none.
        return try? HpkeKeyPair(config: config, privateKeyBytes: bytes)
    }
}

extension [TaskSecret] {
    /// The keys, those first that are used latest; of several that came with the task in their order.
    var keysInOrderOfUse: [TaskSecret] {
        let keys = filter { $0.kind == .hpkeKey }
        return keys.enumerated().sorted {
            ($1.element.times.since, $0.offset) < ($0.element.times.since, $1.offset)
        }.map(\.element)
    }

    /// What a Leader shows its Helper at a moment; nothing where it has nothing.
    func shownToken(at now: UInt64) -> String? {
        let tokens = filter { $0.kind == .aggregatorToken && $0.times.since != SecretTimes.never }
        let token = tokens.last { $0.times.since <= now } ?? tokens.first
        return token.map { String(decoding: $0.bytes, as: UTF8.self) }
    }
}
