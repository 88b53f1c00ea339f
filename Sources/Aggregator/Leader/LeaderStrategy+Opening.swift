import PopulusDAP

/// What came of opening one report before it is bound.
enum OpeningOutcome: Sendable {
    case valid
    /// Sealed to a key that this aggregator does not have now.
    case keyIsGone
    case refused(ReportError)
}

extension LeaderStrategy {
    /// Opens uploads on all of the pool's threads; nothing derived from them stays or leaves.
    func openings(
        of uploads: [StoredReport],
        _ open: @escaping @Sendable (ArraySlice<StoredReport>, ShareOpener) throws -> [OpeningOutcome]
    ) async throws -> [OpeningOutcome] {
        let opener = ShareOpener(task: task, settings: settings)
        return try await work.map(count: uploads.count, rangeLength: work.evenRangeLength(of: uploads.count)) {
            try open(uploads[$0], opener)
        }.flatMap { $0 }
    }
}

extension ShareOpener {
    /// The outcome for a share that was sealed to a key.
    func outcome(_ refusal: ReportError?, sealedTo configID: UInt8) -> OpeningOutcome {
        guard let refusal else { return .valid }
        // A key that the operator took away may come back.
        return task.receiver.recognizes(configID: configID) ? .refused(refusal) : .keyIsGone
    }
}
