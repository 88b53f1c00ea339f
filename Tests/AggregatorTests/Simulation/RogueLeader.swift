import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// Speaks to the Helper as a Leader would that does not keep the rules.
struct RogueLeader {
    let simulation: Simulation

    private var helper: Helper { simulation.helper }
    private var task: TaskID { simulation.task.id }

    /// The Helper's only shard, as its store has it.
    func job() async throws -> ShardRecord {
        let job = try await simulation.helperStore.read("test") { transaction in
            try transaction.walks().flatMap { try transaction.shards($0.id) }.first
        }
        return try #require(job)
    }

    /// The last request of a kind that the honest Leader sent.
    func sent(_ call: FaultyPeer.Call) throws -> [UInt8] {
        try #require(simulation.peer.sent.withLock { $0.last { $0.call == call }?.body })
    }

    /// A well-formed evaluation request for a parameter of choice.
    func evaluateRequest(_ parameter: Poplar1AggregationParameter, step: UInt16 = 1) async throws -> [UInt8] {
        let job = try await job()
        let transcript = try #require(WalkTranscript(bytes: job.transcript))
        let size = parameter.level == simulation.task.bits - 1 ? 32 : 8
        return WalkEvaluateReq(
            header: WalkStepHeader(
                walkID: job.walk, step: step, phase: .evaluate, liveCount: UInt32(job.count),
                transcript: transcript.evaluating(step: step, aggregationParameter: parameter.encode())),
            aggregationParameter: parameter.encode(),
            leaderVerifierShares: [UInt8](repeating: 0, count: 3 * size * job.count)
        ).encoded()
    }

    func evaluate(_ parameter: Poplar1AggregationParameter, step: UInt16 = 1) async throws {
        let request = try await evaluateRequest(parameter, step: step)
        _ = try await post(request, .walkEvaluateReq)
    }

    func post(_ body: [UInt8], _ mediaType: MediaType) async throws -> [UInt8] {
        let id = try #require(try await job().jobID)
        return try await helper.postAggregationJob(id: id, mediaType: mediaType, body: body).body
    }

    /// The honest init request again, with other reports' company: another walk, batch or parameter.
    func create(
        walk: WalkID? = nil, batch: BatchID? = nil, parameter: Poplar1AggregationParameter? = nil,
        keeping reports: Range<Int>? = nil, keyID: UInt8? = nil
    ) async throws -> AggregationJobResp {
        let honest = try AggregationJobInitReq(decoding: try sent(.create))
        let inits = reports.map { Array(honest.verifyInits[$0]) } ?? honest.verifyInits
        let request = AggregationJobInitReq(
            verificationKeyID: keyID ?? honest.verificationKeyID,
            aggregationParameter: parameter?.encode() ?? honest.aggregationParameter,
            extensions: honest.extensions.map { entry in
                if entry.type == AggregationJobExtension.leaderSelectedBatchIDType {
                    return AggregationJobExtension(type: entry.type, data: batch?.bytes ?? entry.data)
                }
                let data = walk.map { WalkJobExtension(walkID: $0, step: 0).encoded() }
                return AggregationJobExtension(type: entry.type, data: data ?? entry.data)
            }, verifyInits: inits)
        return try AggregationJobResp(
            decoding: try await helper.createAggregationJob(body: request.encoded()).body)
    }

    func share(_ change: (WalkAggregateShareReq) -> WalkAggregateShareReq = { $0 }) async throws -> [UInt8] {
        let honest = try WalkAggregateShareReq(decoding: try sent(.share))
        return try await helper.createAggregateShare(
            mediaType: .walkAggregateShareReq, body: change(honest).encoded()
        ).body
    }

    /// A share request of a step that the honest Leader did not ask for.
    func share(
        _ walk: WalkID, _ step: UInt16, _ parameter: Poplar1AggregationParameter, count: UInt64 = 0
    ) async throws -> [UInt8] {
        try await share { honest in
            WalkAggregateShareReq(
                request: AggregateShareReq(
                    collectionJobReq: simulation.request(walk, step, parameter),
                    batchSelector: honest.request.batchSelector, reportCount: count,
                    checksum: honest.request.checksum),
                lateRejections: 0)
        }
    }
}

extension Simulation {
    /// Uploads `values` and walks step 0 at level 3, all in one shard.
    func stepZero(_ values: [Int]) async throws -> (walk: WalkID, parameter: Poplar1AggregationParameter) {
        try await upload(values)
        let walk = WalkID.random()
        let parameter = try level3()
        _ = try await collect(walk, 0, parameter)
        return (walk, parameter)
    }

    func level3() throws -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(level: 3, prefixes: Self.extensions(Prefix(), to: 3))
    }

    /// All extensions of a value's first four bits to level 7.
    func level7(_ values: Int...) throws -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(
            level: 7, prefixes: values.sorted().flatMap { Self.extensions(factory.path($0).ancestor(level: 3), to: 7) })
    }

    func create(_ walk: WalkID, _ step: UInt16, _ parameter: Poplar1AggregationParameter) async throws {
        _ = try await leader.createCollectionJob(
            body: request(walk, step, parameter).encoded())
    }
}
