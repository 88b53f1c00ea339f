import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

extension BatchFixture {
    /// A report with the Leader's half of its verification.
    struct Entry {
        var verifyInit: VerifyInit
        /// The Leader's state.
        var state: any Sendable
        var id: ReportID { verifyInit.reportShare.metadata.reportID }
    }

    /// What a test changes in a report, before it is sealed.
    struct Changes {
        var id = ReportID.random()
        var time: UInt64?
        var publicExtensions: [ReportExtension] = []
        var privateExtensions: [ReportExtension] = []
        var helperShare: ([UInt8]) -> [UInt8] = { $0 }
        var configID: UInt8?
        var key: HpkeConfig?
        var inbound: (PingPongMessage) -> [UInt8] = { $0.encoded() }
    }

    func entry(_ value: UInt64, parameter: [UInt8]? = nil, _ change: (inout Changes) -> Void = { _ in }) throws -> Entry
    {
        var changes = Changes()
        change(&changes)
        let (publicShare, shares) = try vdaf.shard(
            ctx: ctx, measurement: scheme.measurement(value), nonce: changes.id.bytes,
            rand: (0..<vdaf.randSize).map { _ in .random(in: 0...255) })
        let metadata = ReportMetadata(
            reportID: changes.id, time: Time(units: changes.time ?? clock.now),
            publicExtensions: changes.publicExtensions)
        let aad = InputShareAad(
            taskID: id, taskConfiguration: configuration, reportMetadata: metadata, publicShare: publicShare)
        var sealed = try (changes.key ?? helperKey.config).seal(
            PlaintextInputShare(
                privateExtensions: changes.privateExtensions, payload: changes.helperShare(shares[1])
            ).encoded(),
            label: .inputShare(recipient: .helper), associatedData: aad.encoded())
        if let configID = changes.configID {
            sealed = HpkeCiphertext(configID: configID, enc: sealed.enc, payload: sealed.payload)
        }
        let begun = try vdaf.pingPongLeaderInit(
            verifyKey: verifyKey, ctx: ctx, aggregationParameter: try parameter ?? scheme.parameter(),
            report: PingPongReport(nonce: changes.id.bytes, publicShare: publicShare, inputShare: shares[0]))
        guard case .continued(let state, let outbound) = begun else { throw VDAFError.unexpectedMessage }
        return Entry(
            verifyInit: VerifyInit(
                reportShare: ReportShare(metadata: metadata, publicShare: publicShare, encryptedInputShare: sealed),
                payload: changes.inbound(outbound)),
            state: state)
    }

    func entries(_ values: [UInt64], time: UInt64? = nil) throws -> [Entry] {
        try values.map { try entry($0) { $0.time = time } }
    }

    func initRequest(
        _ entries: [Entry], parameter: [UInt8]? = nil, keyID: UInt8 = 7, extensions: [AggregationJobExtension]? = nil
    ) throws -> [UInt8] {
        let own = batchID.map {
            [AggregationJobExtension(type: AggregationJobExtension.leaderSelectedBatchIDType, data: $0.bytes)]
        }
        return AggregationJobInitReq(
            verificationKeyID: keyID, aggregationParameter: try parameter ?? scheme.parameter(),
            extensions: extensions ?? own ?? [], verifyInits: entries.map(\.verifyInit)
        ).encoded()
    }

    /// Takes a job through all its steps.
    ///
    /// - Returns: the Leader's output shares of the reports that were accepted, and what became of each report.
    func aggregate(
        _ entries: [Entry]
    ) async throws -> (job: AggregationJobID, shares: [ReportID: [UInt8]], outcomes: [VerifyResp.Outcome]) {
        let created = try await helper.createAggregationJob(body: try initRequest(entries))
        let first = try AggregationJobResp(decoding: created.body).verifyResps
        try #require(first.map(\.reportID) == entries.map(\.id))
        var outcomes = first.map(\.outcome)
        var shares: [ReportID: [UInt8]] = [:]
        var continues: [VerifyContinue] = []
        for (entry, answer) in zip(entries, first) {
            switch try leaderContinued(entry, answer) {
            case .finished(let share)?: shares[entry.id] = share
            case .finishedWithOutbound(let share, let outbound)?:
                shares[entry.id] = share
                continues.append(VerifyContinue(reportID: entry.id, payload: outbound.encoded()))
            default: break
            }
        }
        if !continues.isEmpty {
            let body = AggregationJobContinueReq(step: 1, verifyContinues: continues).encoded()
            let answer = try await helper.postAggregationJob(
                id: created.id, mediaType: .aggregationJobContinueReq, body: body)
            for response in try AggregationJobResp(decoding: answer.body).verifyResps {
                let place = try #require(entries.firstIndex { $0.id == response.reportID })
                outcomes[place] = response.outcome
                if response.outcome != .finish { shares[response.reportID] = nil }
            }
        }
        return (created.id, shares, outcomes)
    }

    /// What the Leader makes of the Helper's first answer; nothing where either rejects.
    func leaderContinued(
        _ entry: Entry, _ answer: VerifyResp, parameter: [UInt8]? = nil
    ) throws -> EncodedPingPongState? {
        guard case .continue(let payload) = answer.outcome else { return nil }
        return try? vdaf.pingPongContinued(
            aggregationParameter: try parameter ?? scheme.parameter(), state: entry.state,
            inbound: try PingPongMessage(decoding: payload))
    }

    /// The request for the second step of a job that was answered.
    func continueRequest(
        _ entries: [Entry], _ answer: AggregationJobAnswer, step: UInt16 = 1, parameter: [UInt8]? = nil
    ) throws -> [UInt8] {
        let responses = try AggregationJobResp(decoding: answer.body).verifyResps
        var continues: [VerifyContinue] = []
        for (entry, response) in zip(entries, responses) {
            guard
                case .finishedWithOutbound(_, let outbound)? = try leaderContinued(
                    entry, response, parameter: parameter)
            else { continue }
            continues.append(VerifyContinue(reportID: entry.id, payload: outbound.encoded()))
        }
        return AggregationJobContinueReq(step: step, verifyContinues: continues).encoded()
    }

    // MARK: Collection

    func shareRequest(
        _ ids: some Sequence<ReportID>, parameter: [UInt8]? = nil, interval: Interval? = nil,
        _ change: (inout (count: UInt64, checksum: BatchChecksum, extensions: [CollectionJobExtension])) -> Void = {
            _ in
        }
    ) throws -> (body: [UInt8], collection: CollectionJobReq) {
        let ids = Array(ids)
        var parts = (
            count: UInt64(ids.count), checksum: BatchChecksum(of: ids), extensions: [CollectionJobExtension]()
        )
        change(&parts)
        let interval = interval ?? Interval(start: Time(units: clock.now), duration: TimeDuration(units: 1))
        let collection = CollectionJobReq(
            query: batchID == nil ? .timeInterval(interval) : .leaderSelected,
            aggregationParameter: try parameter ?? scheme.parameter(), extensions: parts.extensions)
        let request = AggregateShareReq(
            collectionJobReq: collection,
            batchSelector: batchID.map { .leaderSelected($0) } ?? .timeInterval(interval),
            reportCount: parts.count, checksum: parts.checksum)
        return (request.encoded(), collection)
    }

    func createShare(_ body: [UInt8]) async throws -> AggregateShareAnswer {
        try await helper.createAggregateShare(mediaType: .aggregateShareReq, body: body)
    }

    /// Opens the Helper's share as the Collector, and unshards.
    func result(
        _ answer: AggregateShareAnswer, _ collection: CollectionJobReq, leader: [[UInt8]]
    ) throws -> VdafResult {
        let helperShare = try open(answer, collection)
        let parameter = try scheme.parameter()
        let leaderShare = try vdaf.merge(leader, aggregationParameter: parameter)
        return try vdaf.unshard(
            aggregationParameter: parameter, aggregateShares: [leaderShare, helperShare], count: leader.count)
    }

    /// Opens the Helper's share as the Collector.
    func open(_ answer: AggregateShareAnswer, _ collection: CollectionJobReq) throws -> [UInt8] {
        let aad = AggregateShareAad(taskID: id, taskConfiguration: configuration, collectionJobReq: collection)
        return try collectorKey.open(
            try AggregateShare(decoding: answer.body).encryptedAggregateShare,
            label: .aggregateShare(sender: .helper), associatedData: aad.encoded())
    }
}
