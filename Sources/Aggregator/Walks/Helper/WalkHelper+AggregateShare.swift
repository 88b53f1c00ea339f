import Crypto
import DAP
import Logging
import VDAF

/// Where a level is summed, noised, sealed and released.
extension WalkHelper {
    /// Takes a `WalkAggregateShareReq` and answers with an `AggregateShare`.
    ///
    /// The same bytes get the same answer.
    ///
    /// Spec: DAP §4.6.3; <doc:WalkExtension>
    package func createAggregateShare(
        mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregateShareAnswer {
        guard MediaType.walkAggregateShareReq.matches(mediaType) else { throw .unsupportedMediaType }
        let digest = Array(SHA256.hash(data: body))
        let shareID = AggregateShareID.derived(task: task.id, requestDigest: digest)
        do {
            let request = try WalkShareRequest(decoding: body, of: walkTask)
            let answer = try await walkLocks.withLock(request.walk.walkID) {
                try await self.share(request, digest: digest, as: shareID)
            }
            return AggregateShareAnswer(id: shareID, state: .ready(body: answer, mediaType: .aggregateShare))
        } catch {
            throw AggregatorError(wrapping: error)
        }
    }

    private func share(_ request: WalkShareRequest, digest: [UInt8], as id: AggregateShareID) async throws -> [UInt8] {
        let known = try await store.read("aggregate share") { try $0.resource(ResourceID(id)) }
        // Rule 6: one share a step, sealed once.
        if let known, known.state == .released { return known.response }
        if let known, known.state == .deleted { throw AggregatorError.notFound }
        let (task, noiseKey, now) = (walkTask, store.noiseKey, clock.now)
        let intervalEnd = IntervalEnd(now: clock.now, settings, task.configuration)
        // One commit: what is asked for, what is counted and what is answered belong together.
        let released = try await store.write("release a step") { transaction in
            switch try Self.freeze(request, digest: digest, as: id, of: task, intervalEnd, in: transaction) {
            case .refused(let error): Released.refused(error)
            case .counted(let release):
                try Self.store(
                    release, digest: digest, as: id, of: task, noiseKey: noiseKey, now: now, in: transaction)
            }
        }
        switch released {
        case .refused(let error):
            await erase(request.walk.walkID)
            throw error
        case .answered(let answer, let count, let isLeaf):
            logger.info(
                "step released",
                metadata: [
                    "walk": "\(request.walk.walkID)", "step": "\(request.walk.step)", "reports": "\(count)",
                ])
            if isLeaf { await erase(request.walk.walkID) }
            return answer
        }
    }

    /// A share that was released, in the bytes of its first answer.
    package func aggregateShare(id: AggregateShareID) async throws(AggregatorError) -> AggregateShareAnswer {
        guard let share = try await reading("aggregate share", { try $0.resource(ResourceID(id)) }),
            share.state == .released
        else { throw .notFound }
        return AggregateShareAnswer(id: id, state: .ready(body: share.response, mediaType: .aggregateShare))
    }

    /// Discards a share that the Leader has; the step stays history, and its share is never sealed again (rule 6).
    package func deleteAggregateShare(id: AggregateShareID) async throws(AggregatorError) {
        try await writing("delete aggregate share") { transaction in
            guard var share = try transaction.resource(ResourceID(id)) else { throw AggregatorError.notFound }
            guard share.state == .released else { return }
            share.state = .deleted
            share.response = []
            try transaction.updateResource(share)
        }
    }

    /// What the checks of a request come to.
    enum Frozen: Sendable {
        case counted(Release)
        /// Rules 3 and 5: nothing is released, and the walk has ended. Stored before it is told.
        case refused(AggregatorError)
    }

    /// What the transaction of a request comes to.
    enum Released: Sendable {
        case answered([UInt8], reports: UInt64, isLeaf: Bool)
        case refused(AggregatorError)
    }

    /// Rules 3, 5 and 6: freezes the batch at step 0, binds the step to this one request, and compares what both
    /// aggregators counted.
    private static func freeze(
        _ request: WalkShareRequest, digest: [UInt8], as id: AggregateShareID, of task: WalkTask,
        _ intervalEnd: IntervalEnd,
        in transaction: any StoreTransaction
    ) throws -> Frozen {
        let asked = request.walk
        guard let known = try transaction.walk(asked.walkID) else {
            throw AggregatorError.stepMismatch("the walk is unknown here")
        }
        if let end = known.end { throw AggregatorError(.ended(end)) }
        var walk = known
        guard let step = try transaction.step(asked.walkID, asked.step) else {
            throw AggregatorError.stepMismatch("the walk has no such step here")
        }
        guard step.parameter == request.collection.aggregationParameter else {
            throw AggregatorError.invalidMessage("the aggregation parameter is not the step's")
        }
        guard step.resource == nil || step.resource == ResourceID(id) else {
            throw AggregatorError.stepMismatch("the step's share was asked for with another request")
        }
        let total: WalkStepTotal
        do { total = try WalkStepTotal(try transaction.shards(walk.id), walk: walk, step: asked.step) } catch {
            if let refusal = error as? WalkRefusal { throw AggregatorError(refusal) }
            throw error
        }
        try match(request.selector, to: &walk, total, intervalEnd, in: transaction)
        guard let parameter = try? Poplar1AggregationParameter(decoding: step.parameter, bits: task.bits) else {
            throw StoreError.damaged("aggregation parameter")
        }
        let release: Release
        do {
            release = try Release(
                total, of: step, parameter, rules: task.rules, for: request.collection, request.selector)
        } catch {
            try transaction.end(&walk, error.end ?? .failed)
            return .refused(AggregatorError(error))
        }
        guard request.count == release.count, request.checksum == release.checksum,
            request.lateRejections == release.lateRejections
        else {
            throw AggregatorError.problem(
                .batchMismatch, detail: "the aggregators count different reports: \(request.count), \(total.count)")
        }
        if walk != known || !walk.isFrozen {
            walk.isFrozen = true
            try transaction.updateWalk(walk)
        }
        return .counted(release)
    }

    /// Rule 5: the batch is the walk's own, for good.
    private static func match(
        _ selector: BatchSelector, to walk: inout WalkRecord, _ total: WalkStepTotal, _ intervalEnd: IntervalEnd,
        in transaction: any StoreTransaction
    ) throws {
        if walk.batchSelector.isEmpty, case .timeInterval(let interval) = selector, let end = interval.end {
            try intervalEnd.check(interval)
            let (start, end) = (interval.start.units, end.units)
            let overlaps = try transaction.walks().contains {
                $0.id != walk.id && $0.interval.overlaps(start..<end)
            }
            if overlaps { throw AggregatorError.problem(.batchOverlap, detail: "the interval is another walk's") }
            guard total.count == 0 || interval.contains(total.interval) else {
                throw AggregatorError.problem(.batchInvalid, detail: "a report lies outside the interval")
            }
            walk.batchSelector = selector.encoded()
            walk.interval = start..<end
        }
        guard walk.batchSelector == selector.encoded() else {
            throw AggregatorError.problem(.batchMismatch, detail: "the batch selector is not the walk's")
        }
    }

    /// Rule 6: sums, noises and seals once, and stores what is sealed.
    private static func store(
        _ release: Release, digest: [UInt8], as id: AggregateShareID, of task: WalkTask, noiseKey: [UInt8], now: UInt64,
        in transaction: any StoreTransaction
    ) throws -> Released {
        guard case .step(_, let step, _, _) = release.subject else { throw StoreError.damaged("step") }
        let sealed = try release.sealed(by: task.base, noiseKey: noiseKey)
        let answer = sealed.aggregateShare
        let share = ResourceRecord(
            id: ResourceID(id), about: .step(step.walk, step.step), request: [], requestDigest: digest, createdAt: now)
        try transaction.insertResource(share)
        try transaction.store(sealed, answer, as: share)
        return .answered(answer, reports: release.count, isLeaf: release.isLeaf)
    }
}

extension AggregateShareID {
    /// The share's ID follows from the request, so that a repeated request finds its share.
    static func derived(task: TaskID, requestDigest: [UInt8]) -> AggregateShareID {
        var hash = SHA256()
        hash.update(data: Array("populus aggregate share".utf8))
        hash.update(data: task.bytes)
        hash.update(data: requestDigest)
        return AggregateShareID(bytes: Array(hash.finalize().prefix(byteCount))) ?? .random()
    }
}
