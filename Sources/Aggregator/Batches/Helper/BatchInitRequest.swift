import PopulusDAP
import PopulusVDAF

/// An `AggregationJobInitReq` for a batch task, checked as far as that goes without the store.
///
/// Spec: DAP §4.5.3.2
struct BatchInitRequest: Sendable {
    let keyID: UInt8
    /// Why no report is taken, where that is so of the job as a whole.
    let refusal: ReportError?
    let parameter: [UInt8]
    /// The batch that the Leader selected, in that mode.
    let batchID: BatchID?
    /// At least one, no two of one report.
    let verifyInits: [VerifyInit]

    /// - Parameter work: where the job's reports are verified.
    init(
        decoding body: [UInt8], of task: AggregatorTask, settings: AggregatorSettings, work: WorkPool
    ) throws(AggregatorError) {
        let request = try AggregationJobInitReq(received: body, "the aggregation job request")
        do { batchID = try request.checkedExtensions(of: task.configuration, task.codePoints).batchID } catch {
            throw AggregatorError(aggregation: error)
        }
        try task.checkBatchParameter(request.aggregationParameter, settings: settings)
        refusal = try task.refusal(ofKey: request.verificationKeyID)
        // The answer to no report would be empty, which says that the job is not ready.
        guard !request.verifyInits.isEmpty else { throw .invalidMessage("the aggregation job has no reports") }
        guard Set(request.verifyInits.map(\.reportShare.metadata.reportID)).count == request.verifyInits.count else {
            throw .invalidMessage("a report is named twice")
        }
        try task.checkSums(of: request, batchID, settings: settings, work: work)
        keyID = request.verificationKeyID
        parameter = request.aggregationParameter
        verifyInits = request.verifyInits
    }
}

extension AggregatorTask {
    /// Checks that the sums of a job fit into memory: each range of reports has one for each of its buckets.
    fileprivate func checkSums(
        of request: AggregationJobInitReq, _ batchID: BatchID?, settings: AggregatorSettings, work: WorkPool
    ) throws(AggregatorError) {
        let count = request.verifyInits.count
        let buckets = Set(request.verifyInits.map { bucketKey($0.reportShare.metadata.time, batchID) }).count
        let length = work.batchRangeLength(of: count)
        let sums = min(count, buckets * ((count + length - 1) / length))
        // The parameter was checked: what it has no share for is refused like any other.
        guard let share = try? vdaf.emptyAggregateShare(aggregationParameter: request.aggregationParameter) else {
            throw .problem(.invalidAggregationParameter, detail: "the aggregation parameter has no aggregate share")
        }
        let greatest = settings.greatestJobShares(ofBytes: share.count)
        guard sums <= greatest else {
            throw .invalidMessage(
                "the sums of \(count) reports of \(buckets) different times are too large; \(greatest) reports are not")
        }
    }

    /// Checks the aggregation parameter of a batch: that the VDAF takes it, and that it is not beyond all measure.
    ///
    /// Spec: DAP §4.3
    func checkBatchParameter(_ encoded: [UInt8], settings: AggregatorSettings) throws(AggregatorError) {
        do {
            try vdaf.checkAggregationParameter(encoded)
            if let bits = configuration.vdaf.poplar1Bits {
                let count = try Poplar1AggregationParameter(decoding: encoded, bits: bits).prefixes.count
                guard (1...settings.greatestBatchCandidates).contains(count) else {
                    throw AggregatorError.problem(
                        .invalidAggregationParameter,
                        detail: "\(count) candidates, and 1 to \(settings.greatestBatchCandidates) are taken")
                }
            }
            let share = try vdaf.emptyAggregateShare(aggregationParameter: encoded)
            guard share.count <= settings.greatestAggregateShareBytes else {
                throw AggregatorError.problem(
                    .invalidAggregationParameter,
                    detail: "an aggregate share has more than \(settings.greatestAggregateShareBytes) bytes")
            }
        } catch let error as AggregatorError {
            throw error
        } catch {
            throw .problem(.invalidAggregationParameter, detail: "\(error)")
        }
    }
}
