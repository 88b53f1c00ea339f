import Foundation
import PopulusDAP
import PopulusDurableFiles
import PopulusEvents

/// A discovery, from what its caller wants to a walk's run.
struct DiscoveryWork: RunWork {
    private let task: CollectorTask
    private let threshold: DiscoveryThreshold
    private let batch: BatchChoice
    private let bitsPerStep: Int?
    private let resumes: Bool

    init(
        _ task: CollectorTask, threshold: DiscoveryThreshold, batch: BatchChoice, bitsPerStep: Int?, resumes: Bool
    ) {
        self.task = task
        self.threshold = threshold
        self.batch = batch
        self.bitsPerStep = bitsPerStep
        self.resumes = resumes
    }

    /// What a run begins with.
    private struct Start {
        let state: DiscoveryState
        let isNew: Bool
        var waitsUntil: UInt64?
    }

    private struct Settlement: RunSettlement {
        let statePath: String
        /// Held until the walk's state is gone.
        let lock: FileLock

        func settle() async throws(CollectorFailure) { try DiscoveryWork.remove(statePath) }
    }

    func run(telling channel: RunChannel<DiscoveryEvent>) async -> Result<any RunSettlement, CollectorFailure> {
        do throws(CollectorFailure) {
            return .success(try await walk(telling: channel))
        } catch {
            return .failure(error)
        }
    }

    private func walk(telling channel: RunChannel<DiscoveryEvent>) async throws(CollectorFailure) -> Settlement {
        let walked = try walked
        try check(walked)
        let path = try statePath
        let lock = try await StateLock.take(beside: path, patience: task.lockPatience)
        defer { withExtendedLifetime(lock) {} }
        let start = try start(walked, path)
        let teller = WaitOnce<WalkEvent> { event in
            if let event = DiscoveryEvent(event) { channel.tell(event) }
        }
        let run = run(walked, path, [teller])
        let outcome = await outcome { () async throws(CollectorError) in
            try await run.walk(from: start.state, isNew: start.isNew, waitingUntil: start.waitsUntil)
        }
        await run.end(outcome)
        switch outcome {
        case .success(let record):
            channel.tell(.finished(DiscoveredStrings(record, walked, cutAt: start.state.options.cutAt)))
            return Settlement(statePath: path, lock: lock)
        case .failure(let error):
            throw try Self.failure(error, path, isNew: start.isNew)
        }
    }

    /// Ends the walk that is unfinished.
    ///
    /// - Returns: whether there was one.
    func abandon() async throws(CollectorFailure) -> Bool {
        let (walked, path) = (try walked, try statePath)
        let lock = try await StateLock.take(beside: path, patience: task.lockPatience)
        defer { withExtendedLifetime(lock) {} }
        guard let state = try loaded(walked, path) else { return false }
        let run = run(walked, path, [])
        let outcome = await outcome { () async throws(CollectorError) in try await run.abandon(state) }
        await run.end(nil)
        switch outcome {
        case .success: break
        // The Leader no longer knows it: over all the same.
        case .failure(.refused(let problem, _)) where problem.type == .walkEnded: break
        case .failure(let error): throw CollectorFailure(error, remains: .unfinished)
        }
        try Self.remove(path)
        return true
    }
}

// MARK: - Beginning

extension DiscoveryWork {
    private var walked: DiscoveryTask {
        get throws(CollectorFailure) {
            guard case .walked(let walked) = task.batches else { throw CollectorFailure(.notDiscovered) }
            return walked
        }
    }

    private var statePath: String {
        get throws(CollectorFailure) { try StateLock.path(task.statePath + ".walk.json") }
    }

    /// Refuses what the task would refuse, before anything is asked.
    private func check(_ walked: DiscoveryTask) throws(CollectorFailure) {
        switch Threshold(threshold.text) {
        case .count(let votes) where votes < walked.leastThreshold:
            throw CollectorFailure(.thresholdTooLow(votes: votes, least: walked.leastThreshold, reports: nil))
        case nil: throw CollectorFailure(.invalidRequest("a threshold is at least one vote"))
        case .count, .share: break
        }
        if let bitsPerStep, !(1...Int(walked.walk.maxBitsPerStep)).contains(bitsPerStep) {
            throw CollectorFailure(
                .invalidRequest("the task permits steps of 1 to \(walked.walk.maxBitsPerStep) bits, not \(bitsPerStep)")
            )
        }
        _ = try batch.query(for: walked.configuration)
    }

    private func options() throws(CollectorFailure) -> DiscoveryOptions {
        let (since, until) = try batch.ends()
        return DiscoveryOptions(
            threshold: threshold.text, bitsPerStep: bitsPerStep.map { "\($0)" } ?? "auto", since: since, until: until)
    }

    private func loaded(_ walked: DiscoveryTask, _ path: String) throws(CollectorFailure) -> DiscoveryState? {
        switch DiscoveryState.load(path) {
        case .none: return nil
        case .damaged: throw CollectorFailure(.state("\(path): no state of a walk of this version; move it away"))
        case .state(let state):
            guard state.task == walked.id else {
                throw CollectorFailure(.state("\(path): the state of a walk of another task; keep them apart"))
            }
            return state
        }
    }

    private func start(_ walked: DiscoveryTask, _ path: String) throws(CollectorFailure) -> Start {
        guard let state = try loaded(walked, path) else { return try newStart(walked) }
        guard resumes else {
            throw CollectorFailure(
                .unfinished("a walk is unfinished: resume it, or abandon it, which uses up its reports"),
                remains: .unfinished)
        }
        return Start(state: try adopted(state, walked), isNew: false)
    }

    private func newStart(_ walked: DiscoveryTask) throws(CollectorFailure) -> Start {
        let (query, precision) = (try batch.query(for: walked.configuration), walked.configuration.timePrecision)
        let now = Date().timeIntervalSince1970
        let timing = try batch.timing(of: query, precision: precision, now: UInt64(max(0, now)))
        var options = try options()
        options.cutAt = timing.cutAt
        return Start(
            state: DiscoveryState(task: walked.id, options: options, began: now), isNew: true,
            waitsUntil: timing.waitsUntil)
    }

    /// Takes another threshold where that is sound, and refuses every other change.
    private func adopted(_ loaded: DiscoveryState, _ walked: DiscoveryTask) throws(CollectorFailure) -> DiscoveryState {
        var state = loaded
        var wanted = try options()
        // What was cut stays cut.
        wanted.cutAt = state.options.cutAt
        guard wanted != state.options else { return state }
        wanted.threshold = state.options.threshold
        guard wanted == state.options else {
            throw CollectorFailure(
                .unfinished(
                    "the walk that is unfinished is of another batch, or has other bits a step: ask for the same"),
                remains: .unfinished)
        }
        do throws(ThresholdRefusal) {
            try state.take(threshold: threshold.text, in: walked)
        } catch {
            let has = state.votes.map { "\($0) votes" } ?? state.options.threshold
            throw CollectorFailure(
                .unfinished("the walk that is unfinished has a threshold of \(has): ask for that one or a higher one"),
                remains: .unfinished)
        }
        return state
    }
}

// MARK: - Running and ending

extension DiscoveryWork {
    private func run(
        _ walked: DiscoveryTask, _ path: String, _ listeners: [any EventListener<WalkEvent>]
    ) -> WalkRun {
        // A share of the reports is never more than there are.
        let least: UInt64 = if case .count(let count)? = Threshold(threshold.text) { count } else { 0 }
        return WalkRun(
            walked, token: task.secrets.collectorToken, leastReports: least, statePath: path, version: "",
            patience: task.patience / .seconds(1), tls: task.tls, jobs: task.jobs, listeners: listeners)
    }

    private static func failure(
        _ error: CollectorError, _ path: String, isNew: Bool
    ) throws(CollectorFailure) -> CollectorFailure {
        let saved = DiscoveryState.load(path)
        if saved.isOfNoWalk(after: error, isNew: isNew) {
            try remove(path)
            return CollectorFailure(error)
        }
        guard saved != .none else { return CollectorFailure(error) }
        switch error {
        case .refused(let problem, let status) where RefusedStep(problem, status: status).isFinal:
            return CollectorFailure(error, remains: .over)
        case .outOfBounds(_, _, threshold: nil): return CollectorFailure(error, remains: .over)
        default: return CollectorFailure(error, remains: .unfinished)
        }
    }

    fileprivate static func remove(_ path: String) throws(CollectorFailure) {
        do throws(DurableFileError) {
            try DurableFile.remove(path)
        } catch {
            throw CollectorFailure(.state("the run is over, and its state cannot be removed: \(error)"))
        }
    }
}
