import PopulusCollector
import PopulusDAP
import PopulusSchemes
import PopulusVDAF
import Synchronization

/// A Leader and a Helper in one that answer every request with the same numbers, sealed as DAP has it.
final class FakeBatchLeader: CollectionJobs {
    struct State {
        var requests: [[UInt8]] = []
        var jobs: [CollectionJobID: [UInt8]] = [:]
        var deleted: [CollectionJobID] = []
        /// Calls after which the Leader is away.
        var patience = Int.max
        var isSynchronous = false
        var tampering: Tampering = .none
        /// What every request is refused with.
        var refusal: ProblemDocument?
    }

    enum Tampering: CaseIterable {
        case none, foreignKey, otherRequest, otherConfiguration, swappedShares, fewReports, otherTime, junk, shortShare
    }

    let state = Mutex(State())
    private let task: BatchTask
    /// Below zero where noise has taken them there.
    private let numbers: [Int64]
    /// Bytes of a field element.
    private let elementSize: Int
    private let reports: UInt64

    init(_ task: BatchTask, numbers: [Int64], elementSize: Int, reports: UInt64) {
        self.task = task
        self.numbers = numbers
        self.elementSize = elementSize
        self.reports = reports
    }

    private func takeCall() throws(CollectorError) {
        let (isAway, refusal) = state.withLock { state in
            state.patience -= 1
            return (state.patience < 0, state.refusal)
        }
        guard !isAway else { throw .unreachable(url: "http://leader.example/", reason: "gone") }
        if let refusal { throw .refused(refusal, status: 400) }
    }

    func create(_ request: [UInt8]) async throws(CollectorError) -> CreatedJob {
        try takeCall()
        return state.withLock { state in
            state.requests.append(request)
            let job = state.jobs.first { $0.value == request }?.key ?? .random()
            state.jobs[job] = request
            return CreatedJob(id: job, result: state.isSynchronous ? try? answer(request, state.tampering) : nil)
        }
    }

    func result(of job: CollectionJobID) async throws(CollectorError) -> [UInt8] {
        try takeCall()
        let (request, tampering) = state.withLock { ($0.jobs[job], $0.tampering) }
        guard let request, let body = try? answer(request, tampering) else { throw .malformedAnswer("no such job") }
        return body
    }

    func delete(_ job: CollectionJobID) async throws(CollectorError) {
        try takeCall()
        state.withLock { state in
            state.deleted.append(job)
            state.jobs[job] = nil
        }
    }

    /// The answer to a request, without a job.
    func body(of request: [UInt8]) async throws -> [UInt8] { try answer(request, .none) }

    private func answer(_ request: [UInt8], _ tampering: Tampering) throws -> [UInt8] {
        guard tampering != .junk else { return [1, 2, 3] }
        var asked = try CollectionJobReq(decoding: request)
        let interval =
            switch asked.query {
            case .timeInterval(let interval): interval
            case .leaderSelected: Interval(start: Time(units: 7), duration: TimeDuration(units: 2))
            }
        if tampering == .otherRequest {
            asked = CollectionJobReq(query: asked.query, aggregationParameter: asked.aggregationParameter + [0])
        }
        let configuration =
            tampering == .otherConfiguration
            ? try BatchTask.configuration(task.configuration.vdaf, minBatchSize: 4) : task.configuration
        let associatedData = AggregateShareAad(
            taskID: task.id, taskConfiguration: configuration, collectionJobReq: asked
        ).encoded()
        let key = tampering == .foreignKey ? HpkeKeyPair.generate(id: 1).config : task.keyPair.config
        let shares = shares()
        func seal(_ share: [UInt8], _ role: Role) throws -> HpkeCiphertext {
            let bytes = tampering == .shortShare ? share.dropLast() : share
            return try key.seal(bytes, label: .aggregateShare(sender: role), associatedData: associatedData)
        }
        let leader = try seal(shares.leader, .leader)
        let helper = try seal(shares.helper, .helper)
        let isSwapped = tampering == .swappedShares
        return CollectionJobResp(
            reportCount: tampering == .fewReports ? 4 : reports,
            interval: tampering == .otherTime
                ? Interval(start: interval.start, duration: TimeDuration(units: .max)) : interval,
            leaderEncryptedAggregateShare: isSwapped ? helper : leader,
            helperEncryptedAggregateShare: isSwapped ? leader : helper
        ).encoded()
    }

    /// Two shares of the numbers in the field whose elements have that size.
    private func shares() -> (leader: [UInt8], helper: [UInt8]) {
        switch elementSize {
        case 8: shares(in: Field64.self)
        case 16: shares(in: Field128.self)
        default: shares(in: Field255.self)
        }
    }

    private func shares<F: FieldElement>(in field: F.Type) -> (leader: [UInt8], helper: [UInt8]) {
        let masks = numbers.map { _ in F(UInt64.random(in: 0..<1 << 60)) }
        return (masks.encode(), zip(numbers, masks).map { F(signed: $0) - $1 }.encode())
    }
}

extension BatchTask {
    static func configuration(
        _ vdaf: VdafConfiguration, mode: BatchMode = .leaderSelected, minBatchSize: UInt64 = 5,
        noise: BatchNoise? = nil
    ) throws -> TaskConfiguration {
        try TaskConfiguration(
            taskInfo: Array("test;encoding=bytes".utf8), leaderEndpoint: Array("http://leader.example/".utf8),
            helperEndpoint: Array("http://helper.example/".utf8), timePrecision: TimePrecision(seconds: 60),
            minBatchSize: minBatchSize, batchMode: mode, vdaf: vdaf,
            extensions: noise.map {
                [TaskExtension(type: WalkCodePoints.provisional.noise, data: $0.encoded())]
            } ?? [])
    }

    /// A task for tests.
    static func sample(
        _ vdaf: VdafConfiguration, mode: BatchMode = .leaderSelected, noise: BatchNoise? = nil
    ) throws -> BatchTask {
        try BatchTask(
            id: .random(), configuration: configuration(vdaf, mode: mode, noise: noise), codePoints: .provisional,
            keyPair: .generate(id: 1))
    }
}
