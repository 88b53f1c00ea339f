import PopulusDAP
import PopulusSchemes
import PopulusVDAF
import PopulusWireCodec
import Testing

/// What DAP asks of a VDAF (§4.1.2), of each that a task can have.
@Suite struct VdafConformanceTests {
    static let all: [(VdafConfiguration, VdafMeasurement, parameter: [UInt8], VdafResult)] = [
        (.prio3Count, .integer(1), [], .number(1)),
        (.prio3Sum(maxMeasurement: 100), .integer(99), [], .number(99)),
        (
            .prio3SumVec(length: 3, maxMeasurement: 255, chunkLength: 2), .vector([0, 255, 7]), [],
            .vector([0, 255, 7])
        ),
        (.prio3Histogram(length: 4, chunkLength: 2), .integer(2), [], .vector([0, 0, 1, 0])),
        (
            .prio3MultihotCountVec(length: 4, chunkLength: 2, maxWeight: 2), .vector([1, 0, 0, 1]), [],
            .vector([1, 0, 0, 1])
        ),
        (
            .poplar1(bits: 2), .bits(Prefix(bits: [true, false])),
            // level 1, two prefixes: 10 and 11
            hex("0001 00000002 80 c0"), .vector([1, 0])
        ),
    ]

    /// The nonce is a report ID; shares, messages and aggregate shares cross the wire as bytes and nothing else.
    @Test(arguments: all)
    func everyValueHasAnEncoding(
        _ configuration: VdafConfiguration, _ measurement: VdafMeasurement, _ parameter: [UInt8], _ result: VdafResult
    ) throws {
        let vdaf = try configuration.makeVdaf()
        #expect(vdaf.id == configuration.type)
        #expect(vdaf.nonceSize == ReportID.byteCount)
        let (ctx, key) = (SpecVersion.vdafContext(for: Sample.taskID), [UInt8](repeating: 3, count: vdaf.verifyKeySize))
        try vdaf.checkAggregationParameter(parameter)
        let report = try vdaf.shard(
            ctx: ctx, measurement: measurement, nonce: Sample.reportID.bytes,
            rand: (0..<vdaf.randSize).map { UInt8(truncatingIfNeeded: $0) })
        #expect(report.publicShare.count == vdaf.publicShareSize)
        #expect(report.inputShares.map(\.count) == [0, 1].map(vdaf.inputShareSize))
        func share(_ id: Int) -> PingPongReport {
            PingPongReport(
                nonce: Sample.reportID.bytes, publicShare: report.publicShare, inputShare: report.inputShares[id])
        }
        var output: [[UInt8]?] = [nil, nil]
        var states: [(any Sendable)?] = [nil, nil]
        func take(_ state: EncodedPingPongState, of id: Int) throws -> PingPongMessage? {
            switch state {
            case .continued(let state, let outbound):
                states[id] = state
                return try PingPongMessage(decoding: outbound.encoded())
            case .finishedWithOutbound(let share, let outbound):
                output[id] = share
                return try PingPongMessage(decoding: outbound.encoded())
            case .finished(let share):
                output[id] = share
                return nil
            }
        }
        var message = try take(
            vdaf.pingPongLeaderInit(verifyKey: key, ctx: ctx, aggregationParameter: parameter, report: share(0)), of: 0)
        message = try take(
            vdaf.pingPongHelperInit(
                verifyKey: key, ctx: ctx, aggregationParameter: parameter, report: share(1),
                inbound: try #require(message)), of: 1)
        var turn = 0
        while let inbound = message {
            message = try take(
                vdaf.pingPongContinued(
                    aggregationParameter: parameter, state: try #require(states[turn]), inbound: inbound), of: turn)
            turn = 1 - turn
        }
        let aggregates = try output.map { share in
            try vdaf.merge(
                vdaf.emptyAggregateShare(aggregationParameter: parameter), try #require(share),
                aggregationParameter: parameter)
        }
        #expect(
            try vdaf.unshard(aggregationParameter: parameter, aggregateShares: aggregates, count: 1) == result)
    }

    /// Parameters that the encoding allows and no machine can serve are refused.
    @Test(arguments: [
        VdafConfiguration.prio3SumVec(length: .max, maxMeasurement: .max, chunkLength: 1),
        .prio3SumVec(length: .max, maxMeasurement: .max, chunkLength: .max),
        .prio3Histogram(length: .max, chunkLength: .max),
        .prio3MultihotCountVec(length: .max, chunkLength: .max, maxWeight: UInt64(UInt32.max)),
        .prio3Sum(maxMeasurement: 0xffff_ffff_0000_0000),
        .poplar1(bits: .max),
    ])
    func theGreatestParametersDoNotTrap(_ configuration: VdafConfiguration) {
        do throws(VDAFError) {
            _ = try configuration.makeVdaf()
        } catch {
            guard case .parameterOutOfRange = error else {
                Issue.record("\(error)")
                return
            }
        }
    }
}
