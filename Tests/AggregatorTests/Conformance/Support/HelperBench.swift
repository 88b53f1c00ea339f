import Aggregator
import Foundation
import PopulusDAP
import PopulusVDAF
import PopulusWireCodec
import Testing

/// A Helper with a store of its own, and a Leader that says what a test wants.
final class HelperBench: @unchecked Sendable {
    // Used by one test's task only; the Helper is Sendable itself.
    let task: BatchTask
    let clock = TestClock()
    let folder: String
    var settings = AggregatorSettings()
    private(set) var helper: any HelperService
    private(set) var store: TestStore

    init(_ task: BatchTask, settings: AggregatorSettings = AggregatorSettings()) throws {
        self.task = task
        self.settings = settings
        folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try Self.store(folder, task)
        helper = try Helper(
            task: try task.aggregator(.helper), store: store, settings: settings, machine: .forTests(clock: clock))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func store(_ folder: String, _ task: BatchTask) throws -> TestStore {
        try TestStore.open(folder + "/helper.sqlite", try task.aggregator(.helper))
    }

    /// As after a crash: all that is left is the store.
    func restart() throws {
        try store.close()
        store = try Self.store(folder, task)
        helper = try Helper(
            task: try task.aggregator(.helper), store: store, settings: settings, machine: .forTests(clock: clock))
    }

    /// Now, in units of the task's time precision.
    var now: UInt64 { clock.now / BatchTask.precision.seconds }

    func reports(_ values: [Int], time: UInt64? = nil) throws -> [Report] {
        try values.map { try task.report($0, time: time ?? now) }
    }

    // MARK: Aggregation jobs

    /// What a Leader knows of an aggregation job.
    struct Job {
        var reports: [Report]
        var request: AggregationJobInitReq
        var states: [ReportID: any Sendable] = [:]
        var id: AggregationJobID?
        var response = AggregationJobResp(verifyResps: [])

        var ids: [ReportID] { request.verifyInits.map(\.reportShare.metadata.reportID) }
        var outcomes: [VerifyResp.Outcome] { response.verifyResps.map(\.outcome) }
        /// The errors of rejected reports, in order; nothing for the others.
        var errors: [ReportError?] {
            outcomes.map { if case .reject(let error) = $0 { error } else { nil } }
        }
    }

    /// An honest request for reports, forged ones included: whatever the Leader's own share comes to.
    func job(
        _ reports: [Report], parameter: [UInt8]? = nil, batch: BatchID? = nil, keyID: UInt8 = 7,
        extensions: [AggregationJobExtension]? = nil
    ) throws -> Job {
        let parameter = try parameter ?? task.parameter()
        var states: [ReportID: any Sendable] = [:]
        let key = try #require(task.verifyKeys[keyID])
        let inits = reports.map { report in
            var message = PingPongMessage.initialize(verifierShare: [0])
            if let share = leaderShare(of: report),
                case .continued(let state, let outbound)? = try? task.vdaf.pingPongLeaderInit(
                    verifyKey: key, ctx: task.context, aggregationParameter: parameter, report: share)
            {
                message = outbound
                states[report.metadata.reportID] = state
            }
            return VerifyInit(
                reportShare: ReportShare(
                    metadata: report.metadata, publicShare: report.publicShare,
                    encryptedInputShare: report.helperEncryptedInputShare), payload: message.encoded())
        }
        let named = batch.map { [AggregationJobExtension.leaderSelectedBatchID($0)] } ?? []
        return Job(
            reports: reports,
            request: AggregationJobInitReq(
                verificationKeyID: keyID, aggregationParameter: parameter, extensions: extensions ?? named,
                verifyInits: inits), states: states)
    }

    private func leaderShare(of report: Report) -> PingPongReport? {
        let aad = InputShareAad(
            taskID: task.id, taskConfiguration: task.configuration, reportMetadata: report.metadata,
            publicShare: report.publicShare)
        guard
            let bytes = try? task.leaderKey.open(
                report.leaderEncryptedInputShare, label: .inputShare(recipient: .leader), associatedData: aad.encoded()),
            let share = try? PlaintextInputShare(decoding: bytes)
        else { return nil }
        return PingPongReport(
            nonce: report.metadata.reportID.bytes, publicShare: report.publicShare, inputShare: share.payload)
    }

    /// Sends a job and takes the answer, which the Helper gives at once.
    func create(_ job: Job) async throws -> Job {
        var job = job
        let answer = try await helper.createAggregationJob(body: job.request.encoded())
        job.id = answer.id
        job.response = try AggregationJobResp(decoding: try body(answer.state, .aggregationJobResp))
        return job
    }

    /// Aggregates honest reports of these values.
    @discardableResult
    func aggregate(_ values: [Int], time: UInt64? = nil, batch: BatchID? = nil) async throws -> Job {
        try await aggregate(try reports(values, time: time), batch: batch)
    }

    /// Aggregates reports to the end, all rounds.
    @discardableResult
    func aggregate(_ reports: [Report], batch: BatchID? = nil) async throws -> Job {
        var job = try await create(try job(reports, batch: batch))
        guard task.vdaf.rounds > 1 else { return job }
        let request = try continuation(of: job)
        guard !request.verifyContinues.isEmpty else { return job }
        let id = try #require(job.id)
        let answer = try await post(id, request)
        job.response = answer
        return job
    }

    /// The Leader's next message for every report that goes on.
    func continuation(of job: Job, step: UInt16 = 1) throws -> AggregationJobContinueReq {
        var next: [VerifyContinue] = []
        for response in job.response.verifyResps {
            guard case .continue(let payload) = response.outcome, let state = job.states[response.reportID] else {
                continue
            }
            let state2 = try task.vdaf.pingPongContinued(
                aggregationParameter: job.request.aggregationParameter, state: state,
                inbound: try PingPongMessage(decoding: payload))
            guard case .finishedWithOutbound(_, let outbound) = state2 else { continue }
            next.append(VerifyContinue(reportID: response.reportID, payload: outbound.encoded()))
        }
        return AggregationJobContinueReq(step: step, verifyContinues: next)
    }

    func post(_ id: AggregationJobID, _ request: AggregationJobContinueReq) async throws -> AggregationJobResp {
        let answer = try await helper.postAggregationJob(
            id: id, mediaType: .aggregationJobContinueReq, body: request.encoded())
        return try AggregationJobResp(decoding: try body(answer.state, .aggregationJobResp))
    }

    func body(_ state: ResourceState, _ mediaType: MediaType) throws -> [UInt8] {
        guard case .ready(let body, mediaType) = state else {
            Issue.record("no \(mediaType) but \(state)")
            throw WireError.truncated
        }
        return body
    }

    // MARK: Aggregate shares

    /// An interval of times around now.
    func interval(from start: Int = -5, length: UInt64 = 10) -> Interval {
        Interval(start: Time(units: UInt64(Int(now) + start)), duration: TimeDuration(units: length))
    }

    /// An honest request for the share of reports.
    func shareRequest(
        _ ids: [ReportID], batch: BatchID? = nil, interval: Interval? = nil, parameter: [UInt8]? = nil,
        extensions: [CollectionJobExtension] = []
    ) throws -> AggregateShareReq {
        let interval = interval ?? self.interval()
        return AggregateShareReq(
            collectionJobReq: CollectionJobReq(
                query: batch == nil ? .timeInterval(interval) : .leaderSelected,
                aggregationParameter: try parameter ?? task.parameter(), extensions: extensions),
            batchSelector: batch.map(BatchSelector.leaderSelected) ?? .timeInterval(interval),
            reportCount: UInt64(ids.count), checksum: BatchChecksum(of: ids))
    }

    func share(_ request: AggregateShareReq) async throws -> AggregateShareAnswer {
        try await helper.createAggregateShare(mediaType: .aggregateShareReq, body: request.encoded())
    }

    /// Opens the Helper's share as the Collector does.
    func open(_ answer: AggregateShareAnswer, _ request: AggregateShareReq) throws -> [UInt8] {
        let share = try AggregateShare(decoding: try body(answer.state, .aggregateShare))
        let aad = AggregateShareAad(
            taskID: task.id, taskConfiguration: task.configuration, collectionJobReq: request.collectionJobReq)
        return try task.collectorKey.open(
            share.encryptedAggregateShare, label: .aggregateShare(sender: .helper), associatedData: aad.encoded())
    }
}

/// Runs `body` and returns what it is refused with.
func refusal(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> AggregatorError? {
    do {
        try await body()
        return nil
    } catch let error as AggregatorError {
        return error
    } catch {
        Issue.record("another error: \(error)", sourceLocation: sourceLocation)
        return nil
    }
}
