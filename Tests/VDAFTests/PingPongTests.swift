import PopulusVDAF
import PopulusWireCodec
import Testing

@Suite struct PingPongTests {
    @Test func messagesOnTheWire() throws {
        #expect(PingPongMessage.initialize(verifierShare: [1, 2]).encoded() == [0, 0, 0, 0, 2, 1, 2])
        #expect(
            PingPongMessage.continue(verifierMessage: [3], verifierShare: [4, 5]).encoded()
                == [1, 0, 0, 0, 1, 3, 0, 0, 0, 2, 4, 5])
        #expect(PingPongMessage.finish(verifierMessage: []).encoded() == [2, 0, 0, 0, 0])
        #expect(throws: WireError.self) { try PingPongMessage(decoding: [3, 0, 0, 0, 0]) }
        #expect(throws: WireError.truncated) { try PingPongMessage(decoding: [0, 0, 0, 0, 1]) }
        #expect(throws: WireError.trailing) { try PingPongMessage(decoding: [2, 0, 0, 0, 0, 0]) }
    }

    @Test func messagesOnTheWireInPublic() throws {
        let messages: [PingPongMessage] = [
            .initialize(verifierShare: [1, 2]), .continue(verifierMessage: [3], verifierShare: [4, 5]),
            .finish(verifierMessage: []),
        ]
        for message in messages {
            #expect(message.encode() == message.encoded())
            #expect(try PingPongMessage(encoded: message.encode()) == message)
        }
        #expect(throws: VDAFError.unexpectedMessage) { try PingPongMessage(encoded: [3, 0, 0, 0, 0]) }
        #expect(throws: VDAFError.truncated) { try PingPongMessage(encoded: []) }
        #expect(throws: VDAFError.trailingBytes) { try PingPongMessage(encoded: [2, 0, 0, 0, 0, 0]) }
    }

    @Test func bothRoundsAtInnerAndLeafLevel() throws {
        let run = try TestRun(vdaf: try Poplar1(bits: 3), measurements: [bits("101")])
        for level in 0..<3 {
            let exchange = try Exchange(run, allPrefixes(level: level))
            let helper = try exchange.helper(exchange.leader)
            let leader = try exchange.continued(exchange.leader, helper)
            guard case .finishedWithOutbound(let leaderShare, .finish) = leader,
                case .finished(let helperShare) = try exchange.continued(helper, leader)
            else {
                Issue.record("level \(level) does not finish")
                continue
            }
            let expected = try run.outputShares(of: run.reports[0], nonce: run.nonces[0], exchange.parameter)
            #expect([leaderShare, helperShare] == expected)
        }
    }

    @Test func messagesThatDoNotFitAreErrors() throws {
        let run = try TestRun(vdaf: try Poplar1(bits: 3), measurements: [bits("101")])
        let exchange = try Exchange(run, allPrefixes(level: 1))
        let helper = try exchange.helper(exchange.leader)
        #expect(throws: VDAFError.unexpectedMessage) {
            try exchange.helper(.continued(exchange.leaderState, outbound: .finish(verifierMessage: [])))
        }
        #expect(throws: VDAFError.unexpectedMessage) { try exchange.continued(exchange.leader, exchange.leader) }
        for inbound in [
            PingPongMessage.finish(verifierMessage: []), .finish(verifierMessage: [UInt8](repeating: 0, count: 24)),
            .continue(verifierMessage: [], verifierShare: []),
            .continue(verifierMessage: [UInt8](repeating: 0, count: 24), verifierShare: []),
            .continue(
                verifierMessage: [UInt8](repeating: 0, count: 24), verifierShare: [UInt8](repeating: 0, count: 8)),
        ] {
            #expect(throws: VDAFError.self) {
                try exchange.continued(exchange.leader, .continued(exchange.leaderState, outbound: inbound))
            }
        }
        guard case .continued = helper else {
            Issue.record("the Helper does not continue")
            return
        }
        #expect(throws: VDAFError.self) { try exchange.continued(helper, helper) }
    }

    private struct Exchange {
        let run: TestRun
        let parameter: Poplar1AggregationParameter
        let leader: PingPongState<Poplar1>
        let leaderState: Poplar1VerifyState

        init(_ run: TestRun, _ parameter: Poplar1AggregationParameter) throws {
            self.run = run
            self.parameter = parameter
            leader = try run.vdaf.pingPongLeaderInit(
                verifyKey: run.verifyKey, ctx: run.ctx, aggregationParameter: parameter, report: Self.report(run, 0))
            guard case .continued(let state, _) = leader else { throw VDAFError.unexpectedMessage }
            leaderState = state
        }

        private static func report(_ run: TestRun, _ id: Int) -> PingPongReport {
            PingPongReport(
                nonce: run.nonces[0], publicShare: run.reports[0].publicShare.encode(),
                inputShare: run.reports[0].inputShares[id].encode())
        }

        func helper(_ leader: PingPongState<Poplar1>) throws -> PingPongState<Poplar1> {
            try run.vdaf.pingPongHelperInit(
                verifyKey: run.verifyKey, ctx: run.ctx, aggregationParameter: parameter, report: Self.report(run, 1),
                inbound: outbound(of: leader))
        }

        /// The step of `own` on what `peer` sends.
        func continued(_ own: PingPongState<Poplar1>, _ peer: PingPongState<Poplar1>) throws -> PingPongState<Poplar1> {
            guard case .continued(let state, _) = own else { throw VDAFError.unexpectedMessage }
            return try run.vdaf.pingPongContinued(
                isLeader: state.aggregatorID == 0, ctx: run.ctx, aggregationParameter: parameter, state: state,
                inbound: outbound(of: peer))
        }

        private func outbound(of state: PingPongState<Poplar1>) throws -> PingPongMessage {
            switch state {
            case .continued(_, let message), .finishedWithOutbound(_, let message): message
            case .finished: throw VDAFError.unexpectedMessage
            }
        }
    }
}
