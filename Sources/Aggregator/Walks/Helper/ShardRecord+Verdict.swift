import PopulusDAP

/// What a verdict is checked against before it is committed, whether it comes alone or with the request for the step's share.
extension ShardRecord {
    /// - Throws: `stepMismatch` unless the step is the shard's next one and was evaluated.
    func checkBeginsWithEvaluation(_ step: UInt16) throws(AggregatorError) {
        guard step == self.committedSteps, step > 0, phase == .opened, !self.evaluateDigest.isEmpty else {
            throw .stepMismatch("the job's next step is \(self.committedSteps), and begins with evaluation")
        }
    }

    /// Checks a verdict's header; gives the transcript that it has, E_k.
    ///
    /// - Parameter aggregationParameter: the next step's, as it is on the wire.
    func checkVerdict(_ header: WalkStepHeader, aggregationParameter: [UInt8]) throws -> WalkTranscript {
        let step = self.committedSteps
        let evaluating = try storedTranscript.evaluating(step: step, aggregationParameter: aggregationParameter)
        try header.checkSent(
            against: WalkStepHeader(
                walkID: self.walk, step: step, phase: .verdict, liveCount: UInt32(self.count), transcript: evaluating))
        return evaluating
    }

    /// The transcript after the last step that is committed.
    var storedTranscript: WalkTranscript {
        get throws(StoreError) {
            guard let transcript = WalkTranscript(bytes: self.transcript) else { throw .damaged("transcript") }
            return transcript
        }
    }
}

extension WalkStepHeader {
    /// Compares a header that the Leader has sent with the one that is expected.
    func checkSent(against expected: WalkStepHeader) throws(AggregatorError) {
        do { try check(against: expected) } catch { throw AggregatorError(error) }
    }
}

extension AggregatorError {
    static let badVerdicts = Self.invalidMessage("the verdicts' length or padding is wrong")
}
