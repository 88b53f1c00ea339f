import Foundation
import PopulusDAP
import PopulusDurableFiles
import PopulusEvents

/// A collection, from what its caller wants to a batch's run.
struct CollectionWork: RunWork {
    private let task: CollectorTask
    private let batch: BatchChoice
    private let candidates: CandidateChoice?

    /// For how long the Leader is tried to be told that a result is safe, in seconds; the next collection tells it otherwise.
    private static let lastPatience = 8.0

    init(_ task: CollectorTask, batch: BatchChoice, candidates: CandidateChoice?) {
        self.task = task
        self.batch = batch
        self.candidates = candidates
    }

    /// What a run begins with.
    private struct Start {
        let state: BatchState
        let isNew: Bool
        var waitsUntil: UInt64?
        var cutAt: UInt64?
    }

    /// Opens nothing before it is asked to settle: a reader who leaves the loop at the result never asks.
    private struct Settlement: RunSettlement {
        let work: CollectionWork
        let collected: BatchTask
        let statePath: String
        /// Held until the Leader was told.
        let lock: FileLock

        /// What the Leader is not told now it is told by the next collection: the state says so.
        func settle() async throws(CollectorFailure) {
            guard case .state(let state) = BatchState.load(statePath) else { return }
            let run = work.run(collected, statePath, patience: CollectionWork.lastPatience)
            let outcome = await outcome { () async throws(CollectorError) in try await run.settle(state) }
            await run.end(nil)
            if case .failure(.stateNotWritten(let error)) = outcome {
                throw CollectorFailure(.state("the collection is over, and its state cannot be written: \(error)"))
            }
        }
    }

    func run(telling channel: RunChannel<CollectionEvent>) async -> Result<any RunSettlement, CollectorFailure> {
        do throws(CollectorFailure) {
            return .success(try await collect(telling: channel))
        } catch {
            return .failure(error)
        }
    }

    private func collect(telling channel: RunChannel<CollectionEvent>) async throws(CollectorFailure) -> Settlement {
        let collected = try collected
        let list = try list(collected)
        let path = try statePath
        let lock = try await StateLock.take(beside: path, patience: task.lockPatience)
        defer { withExtendedLifetime(lock) {} }
        let start = try await start(collected, list, path)
        let teller = WaitOnce<BatchEvent> { event in
            if let event = CollectionEvent(event) { channel.tell(event) }
        }
        let run = run(collected, path, listeners: [teller])
        let outcome = await outcome { () async throws(CollectorError) in
            try await run.collect(
                start.state, candidates: list, isNew: start.isNew, waitingUntil: start.waitsUntil)
        }
        await run.end(outcome)
        switch outcome {
        case .success(let record):
            channel.tell(.finished(CollectedNumbers(record, cutAt: start.cutAt)))
            return Settlement(work: self, collected: collected, statePath: path, lock: lock)
        case .failure(let error):
            throw await failure(error, collected, path, isNew: start.isNew)
        }
    }

    /// Gives up the collection that is unfinished.
    ///
    /// - Returns: whether there was one.
    func abandon() async throws(CollectorFailure) -> Bool {
        let (collected, path) = (try collected, try statePath)
        let lock = try await StateLock.take(beside: path, patience: task.lockPatience)
        defer { withExtendedLifetime(lock) {} }
        guard let state = try loaded(collected, path) else { return false }
        try await giveUp(state, collected, path)
        return true
    }
}

// MARK: - Beginning

extension CollectionWork {
    private var collected: BatchTask {
        get throws(CollectorFailure) {
            guard case .collected(let collected) = task.batches else { throw CollectorFailure(.notCollected) }
            return collected
        }
    }

    private var statePath: String {
        get throws(CollectorFailure) { try StateLock.path(task.statePath + ".collection.json") }
    }

    /// What is counted, in a task of strings.
    private func list(_ collected: BatchTask) throws(CollectorFailure) -> CandidateList? {
        guard let bits = collected.configuration.vdaf.stringBits else {
            guard candidates == nil else {
                throw CollectorFailure(.invalidRequest("candidates are for tasks of strings, and this is none"))
            }
            return nil
        }
        guard let candidates else {
            throw CollectorFailure(.invalidRequest("the task counts strings: name the candidates"))
        }
        let encoding = try CollectorTask.encoding(of: task.file)
        do throws(CandidateError) {
            return try CandidateList(
                lines: candidates.values.enumerated().map { ($0, $1) }, kind: candidates.kind, bits: bits,
                encoding: encoding)
        } catch {
            throw CollectorFailure(.invalidRequest(error.words))
        }
    }

    private func loaded(_ collected: BatchTask, _ path: String) throws(CollectorFailure) -> BatchState? {
        switch BatchState.load(path) {
        case .none: return nil
        case .damaged:
            throw CollectorFailure(.state("\(path): no state of a collection of this version; move it away"))
        case .state(let state):
            guard state.task == collected.id else {
                throw CollectorFailure(.state("\(path): the state of a collection of another task; keep them apart"))
            }
            return state
        }
    }

    private func start(
        _ collected: BatchTask, _ list: CandidateList?, _ path: String
    ) async throws(CollectorFailure) -> Start {
        let configuration = collected.configuration
        let query = try batch.query(for: configuration)
        let parameter = list?.aggregationParameter ?? []
        let request = configuration.collectionRequest(query, aggregationParameter: parameter)
        if let state = try loaded(collected, path) {
            // Where the result was safe only the Leader did not hear of it.
            guard state.isDone else {
                guard state.belongs(to: request) else {
                    throw CollectorFailure(
                        .unfinished("another collection is unfinished: ask for the same again, or abandon it"),
                        remains: .unfinished)
                }
                return Start(state: state, isNew: false, cutAt: state.cutAt(configuration.timePrecision))
            }
            try await giveUp(state, collected, path)
        }
        let (now, precision) = (UInt64(max(0, Date().timeIntervalSince1970)), configuration.timePrecision)
        let timing = try batch.timing(of: query, precision: precision, now: now)
        var state = BatchState(task: collected.id, request: request)
        if let cut = timing.cutAt {
            let part = configuration.collectionRequest(
                query.ending(at: cut, precision: precision), aggregationParameter: parameter)
            state = BatchState(task: collected.id, request: part, whole: request)
        }
        state.began = now
        return Start(state: state, isNew: true, waitsUntil: timing.waitsUntil, cutAt: timing.cutAt)
    }
}

// MARK: - Running and ending

extension CollectionWork {
    private func run(
        _ collected: BatchTask, _ path: String, patience: Double? = nil,
        listeners: [any EventListener<BatchEvent>] = []
    ) -> BatchRun {
        BatchRun(
            collected, token: task.secrets.collectorToken, statePath: path, version: "",
            patience: patience ?? task.patience / .seconds(1), tls: task.tls, jobs: task.jobs, listeners: listeners)
    }

    private func giveUp(
        _ state: BatchState, _ collected: BatchTask, _ path: String, patience: Double? = nil
    ) async throws(CollectorFailure) {
        let run = run(collected, path, patience: patience)
        let outcome = await outcome { () async throws(CollectorError) in try await run.abandon(state) }
        await run.end(nil)
        if case .failure(let error) = outcome { throw CollectorFailure(error, remains: .unfinished) }
    }

    private func failure(
        _ error: CollectorError, _ collected: BatchTask, _ path: String, isNew: Bool
    ) async -> CollectorFailure {
        guard case .state(let state) = BatchState.load(path) else { return CollectorFailure(error) }
        guard state.isOver(after: error, isNew: isNew) else { return CollectorFailure(error, remains: .unfinished) }
        // A failed job keeps its failure: without it the same question is asked anew.
        do throws(CollectorFailure) {
            try await giveUp(state, collected, path, patience: Self.lastPatience)
        } catch {
            return CollectorFailure(error.reason, remains: .over)
        }
        return CollectorFailure(error)
    }
}

extension BatchState {
    /// Where the interval that is asked for was cut, in seconds since the Epoch.
    fileprivate func cutAt(_ precision: TimePrecision) -> UInt64? {
        // The bytes are of this module.
        guard whole != nil, let asked = try? CollectionJobReq(decoding: [UInt8](request)),
            case .timeInterval(let interval) = asked.query
        else { return nil }
        return interval.end?.secondsSinceEpoch(precision: precision)
    }
}

extension CandidateError {
    /// One sentence for people; candidates are numbered from 0.
    fileprivate var words: String {
        switch self {
        case .empty: "name at least one candidate"
        case .unencodable(let place, let reason): "candidate \(place): \(reason)"
        case .otherLength(let place, let other):
            "candidate \(place) has another length than candidate \(other): beginnings that are counted together have "
                + "one length"
        case .repeated(let place, let other): "candidate \(place) is candidate \(other) again"
        }
    }
}
