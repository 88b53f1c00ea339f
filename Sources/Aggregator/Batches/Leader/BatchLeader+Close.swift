import DAP
import Logging

/// When a batch is complete: nothing joins it any more, and everything at hand is aggregated.
extension BatchLeader {
    /// Works on a collection job until it has ended.
    ///
    /// Never throws: it ends released, failed or deleted or, when the calling task is cancelled, as it is.
    func collect(_ id: CollectionJobID) async {
        // At the start one may be found in the store and be announced as well.
        guard collecting.withLock({ $0.insert(id).inserted }) else { return }
        defer { _ = collecting.withLock { $0.remove(id) } }
        while !Task.isCancelled {
            let changes = news.changes(of: .jobs)
            do {
                let progress = try await progress(of: id)
                if case .complete = progress {} else { endTrouble(of: id) }
                switch progress {
                case .ended:
                    pollers.notify(id)
                    return
                case .closed: continue
                case .over: try await closeInterval(id)
                case .complete(let collection, let total):
                    try await finish(collection, total)
                    endTrouble(of: id)
                case .waiting: await Waiters<News>.next(of: changes, waitingUpTo: .seconds(1), on: clock)
                }
            } catch let failure as CollectionFailure {
                await fail(id, failure)
            } catch is CollectionDeleted {
                continue
            } catch is CancellationError {
                return
            } catch {
                // The store, or the disk: nothing is lost, so try again.
                troubles.note(
                    Self.stuck, about: "\(id)", reason: "\(error)", metadata: ["collection": "\(id)"])
                try? await clock.sleep(for: settings.longestRetryPause)
            }
        }
    }

    private static let stuck = "a collection cannot go on for now"

    private func endTrouble(of id: CollectionJobID) {
        troubles.end(Self.stuck, about: "\(id)", metadata: ["collection": "\(id)"])
    }

    private enum Progress: Sendable {
        case waiting
        /// The batch has just been closed.
        case closed
        /// All that is left before its interval is closed is a look at the Helper's clock.
        case over
        /// All that is left is to ask the Helper.
        case complete(ResourceRecord, BatchBucket)
        case ended
    }

    /// Closes an interval that is over by the Helper's clock too: it would refuse its share otherwise, for good.
    private func closeInterval(_ id: CollectionJobID) async throws {
        let helper: HelperClock?
        do {
            helper = try await askForClock(for: "collection \(id)") { try await self.checkWaiting(id) }
        } catch let error as PeerError {
            // The request for its share will show what it is.
            guard case .problem = error else { throw error }
            helper = nil
        }
        switch try await progress(of: id, helper: .some(helper)) {
        case .ended: pollers.notify(id)
        case .waiting: try await clock.sleep(for: .seconds(1))
        case .closed, .over, .complete: break
        }
    }

    /// - Throws: `CollectionDeleted`.
    private func checkWaiting(_ id: CollectionJobID) async throws {
        guard try await store.read("collection's state", { try $0.resource(ResourceID(id))?.isWaiting }) == true else {
            throw CollectionDeleted()
        }
    }

    /// - Parameter helper: the Helper's clock, once it was asked for; nothing in it where the Helper does not say.
    private func progress(of id: CollectionJobID, helper: HelperClock?? = nil) async throws -> Progress {
        let (task, settings, now) = (task, settings, clock.now)
        let lacking = lacking.withLock { $0[id] }
        let (firstWaiting, words) = (helperClock.firstWaiting(at: now), helperClock.words)
        return try await store.write("progress of a collection") { transaction in
            guard var collection = try transaction.resource(ResourceID(id)) else { return .ended }
            let batch = try CollectedBatch(collection)
            let jobs = try transaction.openBatchJobs(of: batch)
            let isWorking = !jobs.isEmpty
            if collection.state == .running, task.hasAggregationParameter,
                try transaction.hasBucket(batch.keys, parameterOtherThan: batch.parameter)
            {
                throw CollectionFailure.otherParameter
            }
            switch collection.state {
            case .released, .failed, .deleted: return .ended
            case .running where collection.isClosed:
                guard try !isWorking && !transaction.hasLeftovers(batch) else { return .waiting }
                guard let total = try transaction.total(batch.keys, task.vdaf) else {
                    throw StoreError.damaged("a closed batch has no buckets")
                }
                return .complete(collection, total)
            case .running:
                let least = max(1, task.configuration.minBatchSize)
                // What waits for the Helper's clock is not at hand.
                let (ready, early) = (0..<firstWaiting, firstWaiting..<UInt64.max)
                let atHand = try transaction.countWaitingReports(
                    times: batch.times.clamped(to: ready), throughRow: collection.lastRow, limit: Int(clamping: least))
                let committed = try transaction.countCommitted(batch.keys)
                if committed >= least {
                    guard atHand == 0 else { return .waiting }
                    // Before it is closed: it is untouched, and can be asked for in parts.
                    let most = task.configuration.vdaf.greatestReportCount
                    let all = try committed + transaction.countToCome(in: batch, jobs, upTo: most)
                    guard all <= most || !isWorking else { return .waiting }
                    do throws(BatchSizeRefusal) { try task.configuration.checkBatchSize(all) } catch {
                        throw CollectionFailure(error)
                    }
                    if case .timeInterval(let interval) = batch.selector {
                        guard let helper else { return .over }
                        if let helper, !helper.permits(interval, at: now, task.configuration) {
                            guard batch.isOverdue(collection, of: task, settings, now: now) else { return .waiting }
                            throw CollectionFailure.notOver(helper.words)
                        }
                    }
                    try transaction.close(batch)
                    collection.isClosed = true
                    try transaction.updateResource(collection)
                    return .closed
                }
                // Too few of Poplar1 are not begun at all.
                let usable = lacking.map { min($0, atHand) } ?? atHand
                let isIdle = !isWorking && (atHand == 0 || task.hasAggregationParameter && usable < least)
                if isIdle, batch.isOverdue(collection, of: task, settings, now: now) {
                    let valid = try Int(clamping: transaction.countCommitted(batch.keys)) + usable
                    let held = try transaction.countWaitingReports(
                        times: batch.times.clamped(to: early), throughRow: collection.lastRow,
                        limit: Int(clamping: least))
                    if held > 0, let words { throw CollectionFailure.heldBack(held, valid: valid, least: least, words) }
                    throw CollectionFailure.tooFew(valid: valid, least: least)
                }
                return .waiting
            }
        }
    }

    /// A collection that cannot succeed: the Collector learns why.
    private func fail(_ id: CollectionJobID, _ failure: CollectionFailure) async {
        let (problem, taskID) = (failure.problem(task: task.id), task.id)
        logger.warning(
            "a collection failed",
            metadata: [
                "collection": "\(id)", "problem": "\(problem.type?.uri ?? "")", "detail": "\(problem.detail ?? "")",
            ])
        do {
            try await store.write("collection failed") { transaction in
                guard let collection = try transaction.resource(ResourceID(id)) else { return }
                try transaction.fail(collection, failure, task: taskID)
            }
        } catch {
            troubles.note(Self.stuck, about: "\(id)", reason: "\(error)", metadata: ["collection": "\(id)"])
            try? await clock.sleep(for: settings.longestRetryPause)
        }
    }
}

extension StoreTransaction {
    /// Ends a collection that has not ended yet.
    func fail(_ open: ResourceRecord, _ failure: CollectionFailure, task: TaskID) throws {
        var collection = open
        guard collection.state == .running else { return }
        if collection.isWaiting { try unclaim(collection) }
        collection.state = .failed
        collection.response = failure.problem(task: task).encoded()
        collection.failureStatus = failure.status
        try updateResource(collection)
    }

    /// From here on nothing joins the batch but what is at hand, in its interval, already.
    fileprivate func close(_ batch: CollectedBatch) throws {
        try markCollected(batch.keys)
        guard let id = batch.batchID else { return }
        guard var selected = try selectedBatch(id) else { throw StoreError.damaged("selected batch") }
        selected.isOpen = false
        try updateSelectedBatch(selected)
    }

    /// Whether uploads of a closed batch are in no job yet: by time only, a selected batch takes none.
    fileprivate func hasLeftovers(_ batch: CollectedBatch) throws -> Bool {
        guard batch.batchID == nil else { return false }
        return try countWaitingReports(times: batch.times, throughRow: .max, limit: 1) > 0
    }
}

extension CollectedBatch {
    /// Whether waiting for more reports has an end: the Leader's patience after the request.
    ///
    /// An interval is over when it is asked for, but for what clocks may differ by.
    fileprivate func isOverdue(
        _ collection: ResourceRecord, of task: AggregatorTask, _ settings: AggregatorSettings, now: UInt64
    ) -> Bool {
        var start = collection.createdAt
        if case .timeInterval(let interval) = selector, let end = interval.end {
            start = max(start, end.secondsSinceEpoch(precision: task.configuration.timePrecision))
        }
        let (deadline, overflow) = start.addingReportingOverflow(settings.collectionPatience)
        return !overflow && now >= deadline
    }
}

/// Why a collection fails for good.
enum CollectionFailure: Error {
    /// There are fewer reports than the task's least batch has; the Collector may ask again later.
    case tooFew(valid: Int, least: UInt64)
    /// Reports of the batch were aggregated with another aggregation parameter.
    case otherParameter
    /// The interval is not over by the Helper's clock.
    case notOver(String)
    /// There are too few reports, and some wait for the Helper's clock.
    case heldBack(Int, valid: Int, least: UInt64, String)
    /// There are more reports than a sum can be had of.
    case tooMany(valid: UInt64, most: UInt64)
    /// The Helper refused its share, with a problem document.
    case refusedByHelper(ProblemDocument, status: Int)
    /// The Helper answered what it must not answer.
    case helperMisbehaved(String)

    init(_ refusal: BatchSizeRefusal) {
        self =
            switch refusal {
            case .tooFew(let count, let least): .tooFew(valid: Int(clamping: count), least: least)
            case .tooMany(let count, let most): .tooMany(valid: count, most: most)
            }
    }

    func problem(task: TaskID) -> ProblemDocument {
        switch self {
        case .tooFew(let valid, let least):
            ProblemDocument(
                type: .invalidBatchSize, status: status,
                detail:
                    "\(valid) valid reports are in the batch, which needs \(least): ask again when there are "
                    + "\(least - min(least, UInt64(valid))) more", taskID: task, party: .leader)
        case .otherParameter:
            ProblemDocument(
                type: .invalidMessage, status: status,
                detail: "reports of the batch were aggregated with another aggregation parameter", taskID: task,
                party: .leader)
        case .notOver(let words):
            ProblemDocument(
                type: .clocksDiffer, status: status,
                detail: "\(words): by the Helper's the interval is not over. Nothing was spent.", taskID: task,
                party: .leader)
        case .heldBack(let held, let valid, let least, let words):
            ProblemDocument(
                type: .clocksDiffer, status: status,
                detail: "\(words): \(held) reports or more are of a time that lies ahead of the Helper's, and wait; "
                    + "\(valid) others are valid, and the batch needs \(least). Nothing was spent.", taskID: task,
                party: .leader)
        case .tooMany(let valid, let most):
            ProblemDocument(
                type: .sumBeyondField, status: status,
                detail: "\(valid) valid reports are in the batch, and the sum of more than \(most) may be beyond the "
                    + "VDAF's field: ask for a shorter interval", taskID: task, party: .leader)
        case .refusedByHelper(let problem, let status):
            ProblemDocument(
                type: problem.type, title: problem.title, status: status,
                detail: "The Helper refused: " + (problem.detail ?? problem.title ?? "status \(status)"), taskID: task,
                party: .helper)
        case .helperMisbehaved(let detail):
            ProblemDocument(
                type: .invalidMessage, status: status, detail: "The Helper's answer: " + detail, taskID: task,
                party: .helper)
        }
    }

    var status: Int {
        if case .refusedByHelper(_, let status) = self { status } else { 400 }
    }
}
