import PopulusDAP
import PopulusVDAF

/// An init request, its reports' bytes not copied, taken apart and checked as far as that goes without the store.
struct WalkInitRequest: Sendable {
    struct Entry: Sendable {
        let report: ReportShareSlices
        /// The Leader's first-round verifier share.
        let verifierShare: [UInt8]
    }

    let keyID: UInt8
    /// Why no report is taken, where that is so of the job as a whole.
    let refusal: ReportError?
    let encodedParameter: [UInt8]
    let parameter: Poplar1AggregationParameter
    let walkID: WalkID
    /// Encoded; empty in the time-interval mode, where the Helper learns the batch with step 0's aggregate share.
    let batchSelector: [UInt8]
    let reports: [Entry]

    /// - Throws: `AggregatorError`.
    init(decoding body: [UInt8], of task: WalkTask) throws {
        // Whatever is wrong with the bytes, the answer is one.
        guard let slices = try? InitRequestSlices(decoding: body) else {
            throw AggregatorError.invalidMessage("the aggregation job request does not decode")
        }
        let request = slices.head
        let extensions = try Self.extensions(of: request, task)
        guard extensions.walk.step == 0 else {
            throw AggregatorError.stepMismatch("an aggregation job begins with step 0")
        }
        refusal = try task.base.refusal(ofKey: request.verificationKeyID)
        do {
            parameter = try Poplar1AggregationParameter(decoding: request.aggregationParameter, bits: task.bits)
        } catch {
            throw AggregatorError(.malformedParameter(error))
        }
        keyID = request.verificationKeyID
        encodedParameter = request.aggregationParameter
        walkID = extensions.walk.walkID
        batchSelector = extensions.batchID.map { BatchSelector.leaderSelected($0).encoded() } ?? []
        let verifyInits = slices.verifyInits
        guard !verifyInits.isEmpty, UInt32(exactly: verifyInits.count) != nil,
            Set(verifyInits.map(\.reportShare.head.metadata.reportID)).count == verifyInits.count
        else { throw AggregatorError.invalidMessage("there are no reports, or one is named twice") }
        let size = task.sizes(level: parameter.level).sketch
        reports = try verifyInits.map { try Entry($0, verifierShareSize: size) }
    }

    private static func extensions(
        of request: AggregationJobInitReq, _ task: WalkTask
    ) throws -> (batchID: BatchID?, walk: WalkJobExtension) {
        do throws(ExtensionRefusal) {
            let checked = try request.checkedExtensions(of: task.configuration, task.codePoints)
            guard let walk = checked.walk else { throw .missing(task.codePoints.aggregationJob) }
            return (checked.batchID, walk)
        } catch {
            throw AggregatorError(aggregation: error)
        }
    }
}

extension WalkInitRequest.Entry {
    /// A message of the wrong shape is the Leader's fault, not the report's: it fails the request.
    fileprivate init(_ verifyInit: VerifyInitSlices, verifierShareSize: Int) throws {
        // Whatever is wrong with the bytes, the answer is one.
        guard case .initialize(let share)? = try? PingPongMessage(decoding: verifyInit.payload),
            share.count == verifierShareSize
        else { throw AggregatorError.invalidMessage("a verification message does not decode") }
        report = verifyInit.reportShare
        verifierShare = share
    }
}
