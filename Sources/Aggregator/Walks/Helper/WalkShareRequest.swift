import DAP

/// An aggregate-share request taken apart and checked as far as that goes without the store.
struct WalkShareRequest: Sendable {
    let collection: CollectionJobReq
    let walk: WalkJobExtension
    let selector: BatchSelector
    let count: UInt64
    let checksum: BatchChecksum
    let lateRejections: UInt64

    /// - Throws: `AggregatorError`.
    init(decoding body: [UInt8], of task: WalkTask) throws {
        guard let message = try? WalkAggregateShareReq(decoding: body) else {
            throw AggregatorError.invalidMessage("the aggregate share request does not decode")
        }
        let request = message.request
        do throws(ExtensionRefusal) {
            guard let walk = try request.collectionJobReq.checkedWalk(of: task.configuration, task.codePoints) else {
                throw .missing(task.codePoints.collectionJob)
            }
            self.walk = walk
        } catch {
            if let unknown = error.unsupportedExtensions { throw AggregatorError.unsupportedExtensions(unknown) }
            throw AggregatorError.problem(error.collectionProblemType, detail: "collection job extensions: \(error)")
        }
        guard request.batchSelector.batchMode == task.configuration.batchMode,
            request.collectionJobReq.query.batchMode == task.configuration.batchMode
        else { throw AggregatorError.invalidMessage("the batch mode is not the task's") }
        guard request.batchSelector.isConsistent(with: request.collectionJobReq.query) else {
            throw AggregatorError.problem(.batchInvalid, detail: "the batch selector does not fit the query")
        }
        collection = request.collectionJobReq
        selector = request.batchSelector
        count = request.reportCount
        checksum = request.checksum
        lateRejections = message.lateRejections
    }
}
