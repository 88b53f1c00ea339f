import PopulusDAP

extension LeaderStrategy {
    /// Where a result leaves: the Helper's share is fetched, the Leader's is noised and sealed, both are stored.
    ///
    /// - Parameters:
    ///   - request: what the Helper is asked: the release's request, or one with more in it.
    ///   - check: throws where the job is not to be answered any more, or what was summed has changed.
    /// - Returns: the Helper's name for its share.
    ///
    /// Spec: DAP §4.6.4
    func release(
        _ release: Release, asking request: (mediaType: MediaType, body: [UInt8]), of job: ResourceRecord,
        for purpose: Purpose, _ claim: Claim,
        check: @escaping @Sendable (any StoreTransaction) throws -> Void
    ) async throws -> AggregateShareID {
        let (id, helperShare) = try await link.share(request.mediaType, request.body, for: purpose)
        let sealed = try release.sealed(by: task, noiseKey: store.noiseKey)
        let (answer, now) = (sealed.collection(with: helperShare), clock.now)
        try await claims.write("release a result", claim) { transaction in
            guard let job = try transaction.resource(job.id), job.state == .running else { throw NotNeeded() }
            try check(transaction)
            try transaction.store(sealed, answer, as: job, at: now)
            try transaction.forget(claim.work)
            try transaction.tellOthers()
        }
        core.meter.released(release, now: clock.now)
        return id
    }
}
