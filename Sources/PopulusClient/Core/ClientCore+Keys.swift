import PopulusDAP
import PopulusWireCodec

extension ClientCore {
    /// The keys that reports are sealed to now; those of the servers are asked for where none may be used.
    ///
    /// Whoever comes while they are asked for waits for the same answer.
    func sealingKeys() async throws(PopulusClient.Failure) -> SealingKeys {
        if let keys = freshKeys() { return keys }
        if let keyFailure, isPausing(until: keysNotBefore) { throw keyFailure }
        nextWaiter += 1
        let number = nextWaiter
        if fetching == nil { fetching = Task { await fetchKeys() } }
        let result: Result<SealingKeys, PopulusClient.Failure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: .failure(.cancelled))
                } else {
                    waiters[number] = continuation
                }
            }
        } onCancel: {
            Task { await abandon(number) }
        }
        return try result.get()
    }

    /// The keys that were asked for before, while they may be used: by this start, or by an earlier one.
    func freshKeys() -> SealingKeys? {
        // What does not decode is asked for again.
        if keys == nil {
            let kept = queue?.keptKeys().flatMap { try? SealingKeys(decoding: $0) }
            keys = kept.flatMap { $0.areUsable ? $0 : nil }
        }
        guard let keys, keys.isFresh(at: now), keys.areExpected(options.expectedKeys) else { return nil }
        return keys
    }

    /// Keys that a server has refused: they are asked for again.
    func forgetKeys() {
        keys = nil
        queue?.keep(keys: nil)
    }

    func answerWaiters(_ result: Result<SealingKeys, PopulusClient.Failure>) {
        let all = waiters
        waiters = [:]
        for waiter in all.values { waiter.resume(returning: result) }
    }

    private func abandon(_ number: UInt64) {
        waiters.removeValue(forKey: number)?.resume(returning: .failure(.cancelled))
    }

    private func fetchKeys() async {
        let (result, retryAfter) = await askedKeys()
        fetching = nil
        guard !isClosed else { return }
        switch result {
        case .success(let new):
            keys = new
            keyFailure = nil
            keyPauses.end()
            queue?.keep(keys: new.encoded())
        case .failure(let failure):
            keyFailure = failure
            keysNotBefore = now + keyPauses.pause(asked: retryAfter, chance: environment.chance())
        }
        answerWaiters(result)
    }

    private func askedKeys() async -> (Result<SealingKeys, PopulusClient.Failure>, retryAfter: Double?) {
        let began = now
        let leader: (configs: [HpkeConfig], freshFor: Double)
        let helper: (configs: [HpkeConfig], freshFor: Double)
        do throws(ServerFailure) {
            leader = try await servers.keys(of: .leader)
            helper = try await servers.keys(of: .helper)
        } catch {
            return (.failure(.noKeys(error.obstacle)), error.retryAfter)
        }
        guard let leaderConfig = chosen(.leader, leader.configs) else {
            return (.failure(.unexpectedKeys(.leader)), nil)
        }
        guard let helperConfig = chosen(.helper, helper.configs) else {
            return (.failure(.unexpectedKeys(.helper)), nil)
        }
        let keys = SealingKeys(
            leader: leaderConfig, helper: helperConfig, fetched: UInt64(max(0, began)),
            freshFor: UInt64(max(0, min(leader.freshFor, helper.freshFor))))
        return (.success(keys), nil)
    }

    /// The server's most preferred configuration, of those that the app expects.
    private func chosen(_ server: PopulusClient.Server, _ configs: [HpkeConfig]) -> HpkeConfig? {
        guard let expected = options.expectedKeys?.of(server) else { return configs.first }
        return configs.first { expected.contains(Base64URL.encode($0.publicKey)) }
    }

    /// What both servers offer, whatever the app expects.
    func serverKeys() async throws(PopulusClient.Failure) -> PopulusClient.ServerKeys {
        guard !isClosed else { throw .closed }
        do throws(ServerFailure) {
            let leader = try await servers.keys(of: .leader)
            let helper = try await servers.keys(of: .helper)
            func names(_ configs: [HpkeConfig]) -> Set<String> { Set(configs.map { Base64URL.encode($0.publicKey) }) }
            return PopulusClient.ServerKeys(leader: names(leader.configs), helper: names(helper.configs))
        } catch {
            throw .noKeys(error.obstacle)
        }
    }
}
