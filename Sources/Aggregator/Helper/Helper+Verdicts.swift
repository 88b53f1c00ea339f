import PopulusDAP

/// What is committed with a share that is asked for, or before it: the verdicts that came with the request.
extension Helper {
    /// How many of a request's verdicts are committed at the same time.
    private static var verdictsInFlight: Int { 8 }
    private static var commitOfAShard: StaticString { "commit a step of a shard" }

    /// Commits verdicts that are due, each as if it had come alone: by the process that has its job.
    ///
    /// All that can be checked without computing was right. What a kill or another process leaves undone the same request
    /// finishes, or the same verdicts one by one.
    ///
    /// - Returns: the share, where it was admitted with the verdicts: in one commit, while this process has all jobs and they are
    ///   few.
    func commit(
        _ due: [JobRequest], with admitting: ShareAdmitting
    ) async throws -> (ShareAdmission?, ResourceRecord)? {
        guard !due.isEmpty else { return nil }
        if due.count <= Self.verdictsInFlight, !claims.isShared, let walk = admitting.request.walk {
            return try await walkLocks.withLock(walk) { try await commitTogether(due, admitting) }
        }
        try await commit(due)
        return nil
    }

    private func commit(_ due: [JobRequest]) async throws {
        let failure = await withTaskGroup(of: AggregatorError?.self) { group in
            var failure: AggregatorError?
            for (place, verdict) in due.enumerated() {
                if place >= Self.verdictsInFlight, let next = await group.next() { failure = failure ?? next }
                guard failure == nil else { break }
                group.addTask { await self.failure(of: verdict) }
            }
            for await next in group { failure = failure ?? next }
            return failure
        }
        if let failure { throw failure }
    }

    /// - Returns: nothing where the share was refused, or a verdict: then what is right is committed, as it would have been
    ///   before.
    private func commitTogether(
        _ due: [JobRequest], _ admitting: ShareAdmitting
    ) async throws -> (ShareAdmission?, ResourceRecord)? {
        let commits = JointWrites()
        let seats = due.map { _ in commits.seat() }
        let (admitted, failure) = await withTaskGroup(of: AggregatorError?.self) { group in
            for (verdict, seat) in zip(due, seats) {
                var verdict = verdict
                verdict.seat = seat
                group.addTask { [verdict] in
                    defer { seat.leave() }
                    return await self.failure(of: verdict)
                }
            }
            let admitted = await admit(admitting, after: await commits.gathered(), of: due.count)
            var failure: AggregatorError?
            for await next in group { failure = failure ?? next }
            return (admitted, failure)
        }
        if let failure { throw failure }
        return admitted
    }

    /// Writes commits and the share after them; the commits alone where not all are there, or one or the share is refused.
    private func admit(
        _ admitting: ShareAdmitting, after commits: [JointWrites.Entry], of count: Int
    ) async -> (ShareAdmission?, ResourceRecord)? {
        if commits.count == count {
            return await store.write("admit an aggregate share", commits, orEach: Self.commitOfAShard) {
                try admitting.run(in: $0)
            }
        }
        await store.writeEach(Self.commitOfAShard, commits)
        return nil
    }

    /// Commits a verdict; gives what keeps it from that.
    private func failure(of verdict: JobRequest) async -> AggregatorError? {
        do throws(AggregatorError) {
            _ = try await answer(verdict)
            return nil
        } catch {
            return error
        }
    }
}
