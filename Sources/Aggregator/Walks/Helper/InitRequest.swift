import DAP
import VDAF

/// An init request taken apart and checked as far as that goes without the store.
struct InitRequest: Sendable {
    struct Entry: Sendable {
        let metadata: ReportMetadata
        let publicShare: [UInt8]
        let share: HpkeCiphertext
        /// The Leader's first-round verifier share: three field elements.
        let verifierShare: [UInt8]
    }

    let keyID: UInt8
    let encodedParameter: [UInt8]
    let parameter: Poplar1AggregationParameter
    let walkID: WalkID
    /// Encoded; empty in the time-interval mode, where the Helper learns the batch with step 0's aggregate share.
    let batchSelector: [UInt8]
    let reports: [Entry]

    /// - Throws: `AggregatorError`.
    init(decoding body: [UInt8], of task: WalkTask) throws {
        guard let request = try? AggregationJobInitReq(decoding: body) else {
            throw AggregatorError.invalidMessage("the aggregation job request does not decode")
        }
        let extensions = try Self.extensions(of: request, task)
        guard extensions.walk.step == 0 else {
            throw AggregatorError.stepMismatch("an aggregation job begins with step 0")
        }
        guard task.verifyKeys[request.verificationKeyID] != nil else {
            throw AggregatorError.invalidMessage("the verification key is unknown")
        }
        do {
            parameter = try Poplar1AggregationParameter(decoding: request.aggregationParameter, bits: task.bits)
        } catch {
            throw AggregatorError(.malformedParameter(error))
        }
        keyID = request.verificationKeyID
        encodedParameter = request.aggregationParameter
        walkID = extensions.walk.walkID
        batchSelector = extensions.batchID.map { BatchSelector.leaderSelected($0).encoded() } ?? []
        guard !request.verifyInits.isEmpty, UInt32(exactly: request.verifyInits.count) != nil,
            Set(request.verifyInits.map(\.reportShare.metadata.reportID)).count == request.verifyInits.count
        else { throw AggregatorError.invalidMessage("there are no reports, or one is named twice") }
        let size = 3 * task.elementSize(level: parameter.level)
        reports = try request.verifyInits.map { try Entry($0, verifierShareSize: size) }
    }

    private static func extensions(
        of request: AggregationJobInitReq, _ task: WalkTask
    ) throws -> (batchID: BatchID?, walk: WalkJobExtension) {
        do throws(ExtensionRefusal) {
            let checked = try request.checkedExtensions(of: task.configuration, task.codePoints)
            guard let walk = checked.walk else { throw .missing(task.codePoints.aggregationJob) }
            return (checked.batchID, walk)
        } catch {
            if let unknown = error.unsupportedExtensions { throw AggregatorError.unsupportedExtensions(unknown) }
            throw AggregatorError.problem(error.aggregationProblemType, detail: "aggregation job extensions: \(error)")
        }
    }
}

extension InitRequest.Entry {
    /// A message of the wrong shape is the Leader's fault, not the report's: it fails the request.
    fileprivate init(_ verifyInit: VerifyInit, verifierShareSize: Int) throws {
        guard case .initialize(let share)? = try? PingPongMessage(decoding: verifyInit.payload),
            share.count == verifierShareSize
        else { throw AggregatorError.invalidMessage("a verification message does not decode") }
        metadata = verifyInit.reportShare.metadata
        publicShare = verifyInit.reportShare.publicShare
        self.share = verifyInit.reportShare.encryptedInputShare
        verifierShare = share
    }
}
