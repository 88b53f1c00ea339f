import PopulusDAP
import Synchronization

/// What a process has seen of a task's work since it began, for `/metrics`.
///
/// What a walk's candidates decided, and how many of them there were, is kept back until the walk has ended
/// (``settle(in:)``): of a walk that goes on only its work is counted, and how long that takes.
package final class TaskMeter: Sendable {
    /// What a duration is of.
    package enum Work: String, CaseIterable, Sendable {
        /// Step 0 of a walk, which opens every report.
        case firstStep = "first_step"
        case laterStep = "later_step"
        case batch
    }

    /// Reports that were rejected for good.
    package struct Rejection: Hashable, Sendable {
        package let party: Role
        package let reason: ReportError

        package init(party: Role, reason: ReportError) { (self.party, self.reason) = (party, reason) }
    }

    /// What goes with its age.
    package enum Expired: String, CaseIterable, Sendable {
        /// A report's ID.
        case report
        /// One that waited in vain.
        case upload
        /// An answer to a Collector or a Leader.
        case result
    }

    /// What `/metrics` may show.
    package struct Numbers: Sendable {
        package var accepted: UInt64 = 0
        package var collections: [Work: Histogram] = [:]
        package var shards: [Work: Histogram] = [:]
        package var candidates = Histogram.candidates
        package var reports = Histogram.reports
        package var ended: [ResourceRecord.State: UInt64] = [:]
        package var rejected: [Rejection: UInt64] = [:]
        package var expired: [Expired: UInt64] = [:]

        package init() {}
    }

    private struct Step {
        var candidates: Int
        var reports: UInt64
    }

    /// A walk that goes on, as far as is known.
    private struct OpenWalk {
        /// The latest job that was driven here.
        var job: ResourceID?
        var steps: [Step] = []
        /// When its latest sum was released, in seconds since the Epoch.
        var answered: UInt64?
        /// The greater, the later something was noted of it.
        var noted: UInt64 = 0
    }

    private struct State {
        var numbers = Numbers()
        var walks: [WalkID: OpenWalk] = [:]
        private var changes: UInt64 = 0
        /// Batches with a result, whose rejected reports are not counted yet.
        var batches: [ClosedRange<RejectionSubject>] = []

        mutating func change(_ id: WalkID, _ change: (inout OpenWalk) -> Void) {
            if walks[id] == nil, walks.count >= TaskMeter.greatestCount,
                let oldest = walks.min(by: { $0.value.noted < $1.value.noted })?.key
            {
                walks[oldest] = nil
            }
            changes += 1
            walks[id, default: OpenWalk()].noted = changes
            change(&walks[id, default: OpenWalk()])
        }

        mutating func add(batch: ClosedRange<RejectionSubject>) {
            if batches.count >= TaskMeter.greatestCount { batches.removeFirst() }
            batches.append(batch)
        }
    }

    /// So many walks and batches are remembered until somebody reads the metrics.
    ///
    /// Of more the oldest are forgotten, and their numbers are lost. A server without an address for its operator knows the
    /// latest ones all the same.
    package static let greatestCount = 1024

    private let state = Mutex(State())

    package init() {}

    package var numbers: Numbers { state.withLock { $0.numbers } }

    // MARK: What the work tells

    func accepted(reports: Int) { state.withLock { $0.numbers.accepted += UInt64(reports) } }

    /// - Parameter uploads: how many of the reports waited.
    func forgot(reports: Int, uploads: Int) {
        state.withLock { state in
            state.numbers.expired[.report, default: 0] += UInt64(reports)
            state.numbers.expired[.upload, default: 0] += UInt64(uploads)
        }
    }

    func discarded(results: Int) { state.withLock { $0.numbers.expired[.result, default: 0] += UInt64(results) } }

    func ended(_ outcome: ResourceRecord.State) { state.withLock { $0.numbers.ended[outcome, default: 0] += 1 } }

    /// A collection job was driven to its end here.
    func drove(_ job: ResourceRecord, since began: ContinuousClock.Instant) {
        let time = began.duration(to: .now)
        state.withLock { state in
            state.numbers.collections[Work(job.subject), default: .long].observe(time)
            guard case .step(let walk, _) = job.subject else { return }
            state.change(walk) { $0.job = job.id }
        }
    }

    /// Measures how long a part of some work takes: a shard's step, an aggregation job, a message about one.
    func timing<T: Sendable>(_ work: Work, _ body: () async throws -> T) async throws -> T {
        let began = ContinuousClock.now
        let result = try await body()
        let time = began.duration(to: .now)
        state.withLock { $0.numbers.shards[work, default: .long].observe(time) }
        return result
    }

    /// A sum was released.
    ///
    /// - Parameter now: in seconds since the Epoch.
    func released(_ release: Release, now: UInt64) {
        state.withLock { state in
            state.numbers.ended[.released, default: 0] += 1
            guard case .batch(_, let keys) = release.subject else { return }
            state.numbers.reports.observe(Double(release.count))
            state.add(batch: RejectionSubject.all(of: keys))
        }
        guard case .step(_, let step, let parameter, _) = release.subject else { return }
        answered(step.walk, candidates: parameter.prefixes.count, reports: release.count, now: now)
    }

    /// The sum of a walk's step was released.
    package func answered(_ walk: WalkID, candidates: Int, reports: UInt64, now: UInt64) {
        state.withLock { state in
            state.change(walk) { walk in
                walk.steps.append(Step(candidates: candidates, reports: reports))
                walk.answered = now
            }
        }
    }

    /// When this process released the latest sum of a walk that goes on, in seconds since the Epoch.
    package func answerTime(of walk: WalkID) -> UInt64? { state.withLock { $0.walks[walk]?.answered } }

    // MARK: What may be told

    /// Counts what belongs to walks that have ended, and to batches with a result.
    func settle(in transaction: any StoreTransaction) throws -> Settlement {
        let (walks, batches) = state.withLock { ($0.walks, $0.batches) }
        var settlement = Settlement()
        for (id, walk) in walks where try transaction.walkEnd(id) != nil {
            settlement.walks.append(id)
            // Where several processes worked at it, whoever drove its last step counts.
            guard let job = walk.job, try transaction.lastStep(id)?.resource == job else { continue }
            settlement.rejected += try transaction.rejectedReports(of: RejectionSubject(id)) ?? []
        }
        for batch in batches { settlement.rejected += try transaction.rejectedReports(of: batch) ?? [] }
        settlement.batches = batches
        return settlement
    }

    /// What ``settle(in:)`` found.
    struct Settlement: Sendable {
        fileprivate var walks: [WalkID] = []
        fileprivate var batches: [ClosedRange<RejectionSubject>] = []
        fileprivate var rejected: [RejectedReports] = []
    }

    /// Takes in what was found, once, whoever asks at the same time.
    func take(_ settlement: Settlement) {
        state.withLock { state in
            let isFirst =
                settlement.walks.allSatisfy { state.walks[$0] != nil }
                && settlement.batches.allSatisfy { state.batches.contains($0) }
            guard isFirst else { return }
            for step in settlement.walks.compactMap({ state.walks.removeValue(forKey: $0) }).flatMap(\.steps) {
                state.numbers.candidates.observe(Double(step.candidates))
                state.numbers.reports.observe(Double(step.reports))
            }
            state.batches.removeAll { settlement.batches.contains($0) }
            for reports in settlement.rejected {
                state.numbers.rejected[Rejection(party: reports.party, reason: reports.reason), default: 0] +=
                    reports.count
            }
        }
    }
}

extension TaskMeter.Work {
    init(_ subject: ResourceRecord.Subject) {
        self =
            switch subject {
            case .step(_, 0): .firstStep
            case .step: .laterStep
            case .batch: .batch
            }
    }

    /// Of a Leader's message about an aggregation job.
    init(of request: JobRequest, of task: AggregatorTask) {
        guard case .walk = task.kind else {
            self = .batch
            return
        }
        self = if case .create = request.kind { .firstStep } else { .laterStep }
    }
}
