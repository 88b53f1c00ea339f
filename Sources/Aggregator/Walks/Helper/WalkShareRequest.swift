import PopulusDAP
import PopulusVDAF

/// An aggregate-share request for a step of a walk.
///
/// Spec: DAP §4.6.4; <doc:WalkExtension>
struct WalkShareRequest: ShareRequest {
    let task: WalkTask
    private let intervalEnd: IntervalEnd
    private let collection: CollectionJobReq
    private let asked: WalkJobExtension
    let selector: BatchSelector
    private let count: UInt64
    private let checksum: BatchChecksum
    private let lateRejections: UInt64

    var walk: WalkID? { asked.walkID }

    /// Takes a request apart, and checks it as far as that goes without the store.
    init(decoding body: [UInt8], of task: WalkTask, _ intervalEnd: IntervalEnd) throws(AggregatorError) {
        let message = try WalkAggregateShareReq(received: body, "the aggregate share request")
        let request = message.request
        do throws(ExtensionRefusal) {
            guard let walk = try request.collectionJobReq.checkedWalk(of: task.configuration, task.codePoints) else {
                throw .missing(task.codePoints.collectionJob)
            }
            asked = walk
        } catch {
            throw AggregatorError(collection: error)
        }
        guard request.batchSelector.batchMode == task.configuration.batchMode,
            request.collectionJobReq.query.batchMode == task.configuration.batchMode
        else { throw .invalidMessage("the batch mode is not the task's") }
        guard request.batchSelector.isConsistent(with: request.collectionJobReq.query) else {
            throw .problem(.batchInvalid, detail: "the batch selector does not fit the query")
        }
        (self.task, self.intervalEnd) = (task, intervalEnd)
        (collection, selector) = (request.collectionJobReq, request.batchSelector)
        (count, checksum, lateRejections) = (request.reportCount, request.checksum, message.lateRejections)
    }

    /// Rules 3, 5 and 6: freezes the batch at step 0, binds the step to this one request, and compares what both
    /// aggregators counted.
    func admit(as id: ResourceID, in transaction: any StoreTransaction) throws -> ShareAdmission {
        let (known, step) = try subject(as: id, in: transaction)
        var walk = known
        let total: WalkStepTotal
        do { total = try WalkStepTotal(try transaction.shards(walk.id), walk: walk, step: asked.step) } catch {
            if let refusal = error as? WalkRefusal { throw AggregatorError(refusal) }
            throw error
        }
        try match(&walk, total, in: transaction)
        let subject = ResourceRecord.Subject.step(walk.id, step.step)
        let release: Release
        do { release = try self.release(total, of: step) } catch let refusal as WalkRefusal {
            try transaction.end(&walk, refusal.end ?? .failed)
            return ShareAdmission(subject: subject, refusal: AggregatorError(refusal))
        }
        guard count == release.count, checksum == release.checksum, lateRejections == release.lateRejections else {
            throw AggregatorError.problem(
                .batchMismatch, detail: "the aggregators count different reports: \(count), \(total.count)")
        }
        walk.isFrozen = true
        if walk != known { try transaction.updateWalk(walk) }
        return ShareAdmission(subject: subject, release: release)
    }

    /// The walk and the step that are meant, where this request may have the step's share.
    func subject(as id: ResourceID, in transaction: any StoreTransaction) throws -> (WalkRecord, StepRecord) {
        guard let walk = try transaction.walk(asked.walkID) else {
            throw AggregatorError.stepMismatch("the walk is unknown here")
        }
        if let end = walk.end { throw AggregatorError(.ended(end)) }
        guard let step = try transaction.step(asked.walkID, asked.step) else {
            throw AggregatorError.stepMismatch("the walk has no such step here")
        }
        guard step.parameter == collection.aggregationParameter else {
            throw AggregatorError.invalidMessage("the aggregation parameter is not the step's")
        }
        guard step.resource == nil || step.resource == id else {
            throw AggregatorError.stepMismatch("the step's share was asked for with another request")
        }
        return (walk, step)
    }

    /// - Throws: `WalkRefusal` where the bounds do not permit it.
    private func release(_ total: WalkStepTotal, of step: StepRecord) throws -> Release {
        let parameter: Poplar1AggregationParameter
        do { parameter = try Poplar1AggregationParameter(decoding: step.parameter, bits: task.bits) } catch {
            throw StoreError.damaged("aggregation parameter")
        }
        return try Release(total, of: step, parameter, rules: task.rules, for: collection, selector)
    }

    /// Rule 5: the batch is the walk's own, for good.
    private func match(
        _ walk: inout WalkRecord, _ total: WalkStepTotal, in transaction: any StoreTransaction
    ) throws {
        if walk.batchSelector.isEmpty, case .timeInterval(let interval) = selector, let end = interval.end {
            try intervalEnd.check(interval)
            let times = interval.start.units..<end.units
            let (id, others) = (walk.id, try transaction.walks())
            if others.contains(where: { $0.id != id && $0.interval.overlaps(times) }) {
                throw AggregatorError.problem(.batchOverlap, detail: "the interval is another walk's")
            }
            guard total.count == 0 || interval.contains(total.interval) else {
                throw AggregatorError.problem(.batchInvalid, detail: "a report lies outside the interval")
            }
            walk.batchSelector = selector.encoded()
            walk.interval = times
        }
        guard walk.batchSelector == selector.encoded() else {
            throw AggregatorError.problem(.batchMismatch, detail: "the batch selector is not the walk's")
        }
    }
}
