import Foundation
import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import PopulusVDAF
import Synchronization

/// A Leader and a Helper in one that count in plaintext, and answer as the real ones do: with sealed shares.
final class FakeLeader: CollectionJobs {
    struct State {
        var requests: [[UInt8]] = []
        var results: [CollectionJobID: [UInt8]] = [:]
        var deleted: [CollectionJobID] = []
        /// What is told of the reports of a job's walk; nothing at a Leader that does not tell.
        var rejections: [RejectedReports]?
        /// The jobs that it was asked for.
        var askedForRejections: [CollectionJobID] = []
        /// How many more jobs are created before the Leader goes away.
        var patience = Int.max
        /// What it refuses jobs with then; nothing where it cannot be reached.
        var refusal: ProblemDocument?
        /// Reports that are rejected after the first step.
        var lateRejections: UInt64 = 0
        /// What is done to an answer before it is sealed.
        var tampering: Tampering = .none
        /// What is added to the votes of a candidate.
        var noise: @Sendable (Prefix) -> Int64 = { _ in 0 }
    }

    enum Tampering {
        case none, otherBatch, moreReports, risingVotes, foreignKey
    }

    let state = Mutex(State())
    let oracle: PlaintextOracle
    private let id: TaskID
    private let configuration: TaskConfiguration
    private let collector: HpkeConfig
    private let batch = BatchID.random()
    private let reports: UInt64

    init(_ oracle: PlaintextOracle, _ task: DiscoveryTask) {
        self.oracle = oracle
        id = task.id
        configuration = task.configuration
        collector = task.keyPair.config
        reports = oracle.paths.values.reduce(0, +)
    }

    func create(_ request: [UInt8]) async throws(CollectorError) -> CreatedJob {
        let (goesAway, refusal) = state.withLock { state in
            state.patience -= 1
            return (state.patience < 0, state.refusal)
        }
        if goesAway, let refusal { throw .refused(refusal, status: 409) }
        guard !goesAway else { throw .unreachable(url: "http://leader.example/", reason: "gone") }
        let job = CollectionJobID.random()
        do {
            let result = try answer(request)
            state.withLock { state in
                state.requests.append(request)
                state.results[job] = result
            }
        } catch {
            throw .inconsistent("\(error)")
        }
        return CreatedJob(id: job)
    }

    func result(of job: CollectionJobID) async throws(CollectorError) -> [UInt8] {
        guard let body = state.withLock({ $0.results[job] }) else { throw .malformedAnswer("no such job") }
        return body
    }

    func delete(_ job: CollectionJobID) async throws(CollectorError) {
        state.withLock { $0.deleted.append(job) }
    }

    func rejections(of job: CollectionJobID) async -> [RejectedReports]? {
        state.withLock { state in
            state.askedForRejections.append(job)
            return state.rejections
        }
    }

    private func answer(_ request: [UInt8]) throws -> [UInt8] {
        let (tampering, late, steps, noise) = state.withLock {
            ($0.tampering, $0.lateRejections, $0.requests.count, $0.noise)
        }
        let asked = try CollectionJobReq(decoding: request)
        let bits = configuration.vdaf.poplar1Bits ?? 0
        let parameter = try Poplar1AggregationParameter(decoding: asked.aggregationParameter, bits: bits)
        let question = WalkQuestion(
            level: parameter.level,
            candidates: parameter.prefixes)
        var votes = oracle.answer(question)
        if steps > 0, tampering == .risingVotes, let index = votes.firstIndex(where: { $0 > 0 }) { votes[index] += 1 }
        let rejected = steps > 0 ? late : 0
        let count = reports - rejected + (steps > 0 && tampering == .moreReports ? 1 : 0)
        let selector = BatchSelector.leaderSelected(steps > 0 && tampering == .otherBatch ? .random() : batch)
        let checksum = BatchChecksum()
        let associatedData = WalkAggregateShareAad(
            base: AggregateShareAad(taskID: id, taskConfiguration: configuration, collectionJobReq: asked),
            batchSelector: selector, reportCount: count, checksum: checksum, lateRejections: rejected
        ).encoded()
        let key = steps > 0 && tampering == .foreignKey ? HpkeKeyPair.generate(id: 1).config : collector
        func seal(_ share: FieldVec, _ role: Role) throws -> HpkeCiphertext {
            try key.seal(share.encode(), label: .aggregateShare(sender: role), associatedData: associatedData)
        }
        let counts = zip(votes, question.candidates).map { Int64($0) + noise($1) }
        let masks = votes.map { _ in UInt64.random(in: 0..<1 << 60) }
        let leader: FieldVec
        let helper: FieldVec
        if parameter.level == bits - 1 {
            leader = .leaf(masks.map { Field255($0) })
            helper = .leaf(zip(counts, masks).map { Field255(signed: $0) - Field255($1) })
        } else {
            leader = .inner(masks.map { Field64($0) })
            helper = .inner(zip(counts, masks).map { Field64(signed: $0) - Field64($1) })
        }
        return WalkCollectionJobResp(
            result: CollectionJobResp(
                reportCount: count, interval: Interval(start: Time(units: 1), duration: TimeDuration(units: 1)),
                leaderEncryptedAggregateShare: try seal(leader, .leader),
                helperEncryptedAggregateShare: try seal(helper, .helper)),
            batchSelector: selector, checksum: checksum, lateRejections: rejected
        ).encoded()
    }
}

extension DiscoveryTask {
    /// A task for tests.
    static func sample(
        bits: UInt16 = 64, minThreshold: UInt64 = 2, margin: UInt64 = 0, maxSteps: UInt16 = 64,
        maxCandidates: UInt32 = 4096, maxLifeSeconds: UInt64 = 3600, noise: WalkNoise = .none
    ) throws -> DiscoveryTask {
        let walk = try WalkTaskExtension(
            minThreshold: minThreshold, thresholdMargin: margin, maxLateRejectionsPPM: 10_000, maxSteps: maxSteps,
            maxCandidates: maxCandidates, firstStepMaxLevel: 7, firstStepMaxCandidates: 256,
            maxLife: TimeDuration(units: maxLifeSeconds), noise: noise)
        let codePoints = WalkCodePoints.provisional
        let configuration = try TaskConfiguration(
            taskInfo: Array("test;encoding=bytes".utf8), leaderEndpoint: Array("http://leader.example/".utf8),
            helperEndpoint: Array("http://helper.example/".utf8), timePrecision: TimePrecision(seconds: 1),
            minBatchSize: 5, batchMode: .leaderSelected, vdaf: .poplar1(bits: bits),
            extensions: [TaskExtension(type: codePoints.task, data: walk.encoded())])
        return try DiscoveryTask(
            id: .random(), configuration: configuration, codePoints: codePoints, encoding: BytesEncoding(),
            keyPair: .generate(id: 1))
    }
}
