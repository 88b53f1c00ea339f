import PopulusDAP

/// What is committed before a share that is asked for: the verdicts that came with the request.
extension Helper {
    /// How many of a request's verdicts are committed at the same time.
    private static var verdictsInFlight: Int { 8 }

    /// Commits the verdicts that are not committed yet, each as if it had come alone: by the process that has its job.
    ///
    /// Nothing is committed unless all that can be checked without computing is right. What a kill or another process leaves
    /// undone the same request finishes, or the same verdicts one by one.
    func commit(_ verdicts: [JobRequest], before request: any ShareRequest, _ id: ResourceID) async throws {
        guard !verdicts.isEmpty else { return }
        let due = try await store.read("check verdicts") { try request.due(of: verdicts, as: id, in: $0) }
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
