import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// Step 1 of a walk, of which the Helper lacks the request that finishes it: the test sends that, or what it makes of it.
struct HeldStep {
    let simulation: Simulation
    let walk: WalkID
    let parameter: Poplar1AggregationParameter
    /// What the Leader would send.
    let request: WalkFinishReq

    /// Walks until the Leader has sent its request in vain, and ends the Leader.
    ///
    /// - Parameter asked: the walk's step 1.
    init(
        _ simulation: Simulation, walk: WalkID = .random(), asked: Poplar1AggregationParameter? = nil,
        uploading values: [Int] = HelperRulesTests.values
    ) async throws {
        (self.simulation, self.walk) = (simulation, walk)
        if !values.isEmpty { try await simulation.upload(values) }
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        let parameter = try asked ?? simulation.level7(0xABCD, 0x1234)
        self.parameter = parameter
        request = try await Self.finish(of: simulation) {
            try await simulation.create(walk, 1, parameter)
        }
        try await simulation.stopLeader()
    }

    /// A step of which so many verdicts are held, of a walk of shards of so many reports.
    static func of(verdicts: Int, shardReports: Int) async throws -> HeldStep {
        let simulation = try Simulation(try TestTask(bounds: .finishing), shardReports: shardReports)
        simulation.settings.laterShardsInFlight = verdicts
        try await simulation.restartLeader()
        let step = try await HeldStep(simulation)
        #expect(step.verdicts.count == verdicts)
        return step
    }

    /// The first request that finishes a step from now on; it is lost, as are all that follow, until the peer has other hooks.
    static func finish(of simulation: Simulation, _ ask: () async throws -> Void) async throws -> WalkFinishReq {
        let sent = AsyncStream.makeStream(of: [UInt8].self)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, body in
                guard call == .finish else { return .none }
                sent.continuation.yield(body)
                return .loseRequest
            }
        }
        try await ask()
        for await body in sent.stream { return try WalkFinishReq(decoding: body) }
        throw Simulation.TimedOut()
    }

    var helper: Helper { simulation.helper }
    var verdicts: [WalkFinishReq.Verdict] { request.verdicts }

    /// Sends the request with other verdicts, or another request for the share.
    @discardableResult
    func finish(_ verdicts: [WalkFinishReq.Verdict]? = nil, share: [UInt8]? = nil) async throws -> AggregateShareAnswer
    {
        let changed = WalkFinishReq(shareRequest: share ?? request.shareRequest, verdicts: verdicts ?? self.verdicts)
        return try await helper.createAggregateShare(mediaType: .walkFinishReq, body: changed.encoded())
    }

    /// Sends a verdict by itself.
    @discardableResult
    func post(_ verdict: WalkFinishReq.Verdict) async throws -> [UInt8] {
        try await helper.postAggregationJob(
            id: verdict.jobID, mediaType: .walkVerdictReq, body: verdict.request
        ).body
    }

    /// Asks for the share without verdicts.
    func share() async throws -> AggregateShareAnswer {
        try await helper.createAggregateShare(mediaType: .walkAggregateShareReq, body: request.shareRequest)
    }

    /// How many shards have committed the step at the Helper.
    func committed() async throws -> Int {
        let walk = walk
        return try await simulation.helperStore.read("test") { try $0.shards(walk).count { $0.committedSteps == 2 } }
    }

    /// The request for the share as it would be of fewer reports.
    func share(count: UInt64, late: UInt64) throws -> [UInt8] {
        let honest = try WalkAggregateShareReq(decoding: request.shareRequest).request
        return WalkAggregateShareReq(
            request: AggregateShareReq(
                collectionJobReq: honest.collectionJobReq, batchSelector: honest.batchSelector, reportCount: count,
                checksum: honest.checksum),
            lateRejections: late
        ).encoded()
    }

    /// Has the Leader go on, and gives what the Collector gets.
    func result() async throws -> Simulation.Result {
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        try simulation.startLeader()
        return try await simulation.collect(walk, 1, parameter)
    }
}

extension WalkFinishReq.Verdict {
    /// The same verdict with some bits turned in its last byte but `place`.
    func turned(_ bits: UInt8, fromEnd place: Int = 0) -> Self {
        var request = request
        request[request.count - 1 - place] ^= bits
        return Self(jobID: jobID, request: request)
    }
}
