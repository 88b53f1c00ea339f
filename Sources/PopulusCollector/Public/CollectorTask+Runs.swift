import PopulusDAP

extension CollectorTask {
    /// Finds the strings that at least a threshold of a batch's reports hold.
    ///
    /// Nothing happens until the sequence is read; see ``DiscoveryRun`` for what reading it means. A batch can be walked
    /// once: a lower threshold needs new reports.
    ///
    /// - Parameters:
    ///   - threshold: the votes that a string needs.
    ///   - batch: the Leader's next one, or an interval.
    ///   - bitsPerStep: how many bits a step moves on, 1 to the most that the task permits; nothing for as many as are
    ///     quickest.
    ///   - resume: whether to go on with a walk that is unfinished; with none, a new one begins. It goes on with the batch
    ///     that it has, and with its own threshold or a higher one. Without it an unfinished walk is a failure.
    public func discover(
        threshold: DiscoveryThreshold, batch: BatchChoice = .next, bitsPerStep: Int? = nil, resume: Bool = false
    ) -> DiscoveryRun {
        DiscoveryRun(
            DiscoveryWork(self, threshold: threshold, batch: batch, bitsPerStep: bitsPerStep, resumes: resume))
    }

    /// Collects a batch: counts, sums or charts, or the votes of candidates that the caller names.
    ///
    /// Nothing happens until the sequence is read; see ``CollectionRun``. What was interrupted is gone on with by asking
    /// for the same again.
    ///
    /// - Parameters:
    ///   - batch: the Leader's next one, or an interval.
    ///   - candidates: the strings to count, in tasks of strings; nothing in others.
    public func collect(_ batch: BatchChoice = .next, candidates: CandidateChoice? = nil) -> CollectionRun {
        CollectionRun(CollectionWork(self, batch: batch, candidates: candidates))
    }

    /// Ends a walk that is unfinished, without a result: the aggregators erase what they keep of it.
    ///
    /// Its reports are used up. A result that was not let go of is gone.
    ///
    /// - Returns: whether there was one.
    /// - Throws: the walk stays then.
    @discardableResult
    public func abandonDiscovery() async throws(CollectorFailure) -> Bool {
        try await DiscoveryWork(self, threshold: .votes(1), batch: .next, bitsPerStep: nil, resumes: true).abandon()
    }

    /// Gives up a collection that is unfinished: the next one begins anew.
    ///
    /// - Returns: whether there was one.
    /// - Throws: the collection stays then.
    @discardableResult
    public func abandonCollection() async throws(CollectorFailure) -> Bool {
        try await CollectionWork(self, batch: .next, candidates: nil).abandon()
    }
}
