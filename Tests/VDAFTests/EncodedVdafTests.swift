import PopulusVDAF
import PopulusWireCodec
import Testing

/// Every VDAF by encoded values alone, as a service uses it.
@Suite struct EncodedVdafTests {
    @Test func prio3() throws {
        try check(Prio3Instances.count(), [.integer(1), .integer(0), .integer(1)], .number(2))
        try check(Prio3Instances.sum(), [.integer(100), .integer(0), .integer(23)], .number(123))
        try check(
            Prio3Instances.sumVec(), [.vector([1, 2, 3, 4, 5]), .vector([9, 9, 9, 9, 9])],
            .vector([10, 11, 12, 13, 14]))
        try check(Prio3Instances.multiproof(), [.vector([1, 2, 3, 4, 5])], .vector([1, 2, 3, 4, 5]))
        try check(
            Prio3Instances.histogram(), [.integer(0), .integer(6), .integer(6)], .vector([1, 0, 0, 0, 0, 0, 2]))
        try check(
            Prio3Instances.multihot(), [.vector([1, 1, 1, 0, 0, 0]), .vector([0, 0, 1, 0, 0, 0])],
            .vector([1, 1, 2, 0, 0, 0]))
    }

    @Test func poplar1() throws {
        let vdaf = try Poplar1(bits: 3)
        let measurements = ["101", "100", "001"].map { VdafMeasurement.bits(bits($0)) }
        try check(vdaf, measurements, .vector([1, 2]), parameter("00", "10").encode())
        try check(vdaf, measurements, .vector([1, 1, 0]), parameter("001", "101", "111").encode())
    }

    private func check(
        _ vdaf: some RunTimeVdaf, _ measurements: [VdafMeasurement], _ result: VdafResult, _ parameter: [UInt8] = []
    ) throws {
        let encoded = try vdaf.encoded()
        #expect(encoded.id == vdaf.id && encoded.rounds == vdaf.rounds && encoded.randSize == vdaf.randSize)
        try encoded.checkAggregationParameter(parameter)
        var stream = try TestStream("encoded \(vdaf.id)")
        let (verifyKey, ctx) = (stream.bytes(encoded.verifyKeySize), Array("encoded".utf8))
        var aggregates = [
            try encoded.emptyAggregateShare(aggregationParameter: parameter),
            try encoded.emptyAggregateShare(aggregationParameter: parameter),
        ]
        for measurement in measurements {
            try encoded.check(measurement)
            let nonce = stream.bytes(encoded.nonceSize)
            let (publicShare, inputShares) = try encoded.shard(
                ctx: ctx, measurement: measurement, nonce: nonce, rand: stream.bytes(encoded.randSize))
            #expect(publicShare.count == encoded.publicShareSize)
            #expect(inputShares.map(\.count) == [0, 1].map(encoded.inputShareSize))
            let reports = inputShares.map { PingPongReport(nonce: nonce, publicShare: publicShare, inputShare: $0) }
            let outputs = try exchange(encoded, verifyKey, ctx, parameter, reports)
            for id in 0..<2 {
                aggregates[id] = try encoded.merge(aggregates[id], outputs[id], aggregationParameter: parameter)
            }
        }
        let count = measurements.count
        #expect(
            try encoded.unshard(aggregationParameter: parameter, aggregateShares: aggregates, count: count) == result)
        #expect(throws: VDAFError.wrongElementCount) {
            try encoded.unshard(aggregationParameter: parameter, aggregateShares: [aggregates[0]], count: count)
        }
        #expect(throws: VDAFError.self) {
            try encoded.merge([[1]], aggregationParameter: parameter)
        }
        #expect(throws: VDAFError.self) { try encoded.checkAggregationParameter(parameter + [1]) }
    }

    /// Both aggregators' steps to the end, every message over the wire: the output shares.
    private func exchange(
        _ vdaf: any EncodedVdaf, _ verifyKey: [UInt8], _ ctx: [UInt8], _ parameter: [UInt8], _ reports: [PingPongReport]
    ) throws -> [[UInt8]] {
        var outputs: [[UInt8]?] = [nil, nil]
        var waiting: [(any Sendable)?] = [nil, nil]
        var inbound: PingPongMessage?
        func take(_ state: EncodedPingPongState, _ id: Int) throws {
            inbound = nil
            switch state {
            case .continued(let state, let outbound): (waiting[id], inbound) = (state, outbound)
            case .finishedWithOutbound(let share, let outbound): (outputs[id], inbound) = (share, outbound)
            case .finished(let share): outputs[id] = share
            }
            if let message = inbound { inbound = try PingPongMessage(decoding: message.encoded()) }
        }
        try take(
            vdaf.pingPongLeaderInit(
                verifyKey: verifyKey, ctx: ctx, aggregationParameter: parameter, report: reports[0]), 0)
        guard let first = inbound else { throw VDAFError.unexpectedMessage }
        try take(
            vdaf.pingPongHelperInit(
                verifyKey: verifyKey, ctx: ctx, aggregationParameter: parameter, report: reports[1], inbound: first),
            1)
        var id = 0
        for _ in 0..<4 {
            guard let message = inbound, let state = waiting[id] else { break }
            #expect(throws: VDAFError.unexpectedMessage) {
                try vdaf.pingPongContinued(aggregationParameter: parameter, state: state, inbound: first)
            }
            #expect(throws: VDAFError.unexpectedMessage) {
                try vdaf.pingPongContinued(aggregationParameter: parameter, state: 7, inbound: message)
            }
            try take(vdaf.pingPongContinued(aggregationParameter: parameter, state: state, inbound: message), id)
            id = 1 - id
        }
        return try outputs.map { output in
            guard let output else { throw VDAFError.unexpectedMessage }
            return output
        }
    }

    /// A Helper does not take what is no first message, nor a Leader what is not the answer.
    @Test func messagesThatDoNotFit() throws {
        let vdaf = try Prio3Instances.histogram().encoded()
        var stream = try TestStream("encoded messages")
        let (key, nonce) = (stream.bytes(32), stream.bytes(16))
        let (publicShare, inputShares) = try vdaf.shard(
            ctx: [], measurement: .integer(2), nonce: nonce, rand: stream.bytes(vdaf.randSize))
        let reports = inputShares.map { PingPongReport(nonce: nonce, publicShare: publicShare, inputShare: $0) }
        let leader = try vdaf.pingPongLeaderInit(
            verifyKey: key, ctx: [], aggregationParameter: [], report: reports[0])
        guard case .continued(let state, .initialize(let share)) = leader else {
            Issue.record("the Leader does not continue")
            return
        }
        for message in [
            PingPongMessage.finish(verifierMessage: share), .continue(verifierMessage: [], verifierShare: share),
            .initialize(verifierShare: []), .initialize(verifierShare: share + [0]),
            .initialize(verifierShare: [UInt8](repeating: 0, count: share.count)),
        ] {
            #expect(throws: VDAFError.self, "\(message)") {
                try vdaf.pingPongHelperInit(
                    verifyKey: key, ctx: [], aggregationParameter: [], report: reports[1], inbound: message)
            }
        }
        let helper = try vdaf.pingPongHelperInit(
            verifyKey: key, ctx: [], aggregationParameter: [], report: reports[1],
            inbound: .initialize(verifierShare: share))
        guard case .finishedWithOutbound(_, .finish(let seed)) = helper else {
            Issue.record("the Helper does not finish")
            return
        }
        for message in [
            PingPongMessage.finish(verifierMessage: []), .finish(verifierMessage: seed + [0]),
            .finish(verifierMessage: [UInt8](repeating: 0, count: 32)),
            .continue(verifierMessage: seed, verifierShare: share), .initialize(verifierShare: share),
        ] {
            #expect(throws: VDAFError.self, "\(message)") {
                try vdaf.pingPongContinued(aggregationParameter: [], state: state, inbound: message)
            }
        }
        guard
            case .finished = try vdaf.pingPongContinued(
                aggregationParameter: [], state: state, inbound: .finish(verifierMessage: seed))
        else {
            Issue.record("the Leader does not finish")
            return
        }
        #expect(throws: VDAFError.trailingBytes) {
            try vdaf.pingPongLeaderInit(verifyKey: key, ctx: [], aggregationParameter: [0], report: reports[0])
        }
    }
}
