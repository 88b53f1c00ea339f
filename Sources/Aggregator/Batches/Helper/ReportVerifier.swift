import PopulusDAP
import PopulusVDAF

/// Opens and verifies one report's share on the Helper's side; nothing here depends on the time or on other reports.
///
/// Spec: DAP §4.5.3.2 to §4.5.3.4, §4.5.4.2
struct ReportVerifier: Sendable {
    let vdaf: any EncodedVdaf
    let opener: ShareOpener
    let verifyKey: [UInt8]
    let parameter: [UInt8]

    /// Where a report stands after a message of the Leader's.
    enum Outcome: Sendable {
        case rejected(ReportError)
        /// `state` takes the Leader's next message.
        case continued(state: any Sendable, outbound: PingPongMessage)
        /// Verified; `outbound` goes to the Leader if there is one.
        case finished(outputShare: [UInt8], outbound: PingPongMessage?)
    }

    /// The first message.
    func initialize(_ verifyInit: VerifyInit) -> Outcome {
        let share = verifyInit.reportShare
        do throws(ReportError) {
            return try opener.open(
                share.encryptedInputShare, metadata: share.metadata, publicShare: share.publicShare
            ) { inputShare throws(ReportError) in initialize(verifyInit, inputShare) }
        } catch {
            return .rejected(error)
        }
    }

    /// The first message, with the opened share.
    private func initialize(_ verifyInit: VerifyInit, _ inputShare: [UInt8]) -> Outcome {
        let share = verifyInit.reportShare
        guard share.publicShare.count == vdaf.publicShareSize, inputShare.count == vdaf.inputShareSize(aggregatorID: 1)
        else { return .rejected(.invalidMessage) }
        // What is wrong with one report rejects it, for whatever reason.
        guard let inbound = try? PingPongMessage(decoding: verifyInit.payload) else {
            return .rejected(.vdafVerifyError)
        }
        do throws(VDAFError) {
            return Outcome(
                try vdaf.pingPongHelperInit(
                    verifyKey: verifyKey, ctx: opener.task.context, aggregationParameter: parameter,
                    report: PingPongReport(
                        nonce: share.metadata.reportID.bytes, publicShare: share.publicShare, inputShare: inputShare),
                    inbound: inbound))
        } catch {
            return .rejected(reason(with: share.publicShare, inputShare))
        }
    }

    /// The second message, for a report that the first one left continued: the first is gone through again.
    func `continue`(_ verifyInit: VerifyInit, _ payload: [UInt8]) -> Outcome {
        // What is wrong with one report rejects it, for whatever reason.
        guard case .continued(let state, _) = initialize(verifyInit),
            let inbound = try? PingPongMessage(decoding: payload),
            let next = try? vdaf.pingPongContinued(aggregationParameter: parameter, state: state, inbound: inbound)
        else { return .rejected(.vdafVerifyError) }
        return Outcome(next)
    }

    /// Tells shares that do not decode from those that do not verify.
    private func reason(with publicShare: [UInt8], _ inputShare: [UInt8]) -> ReportError {
        do throws(VDAFError) {
            try vdaf.checkShares(publicShare: publicShare, inputShare: inputShare, aggregatorID: 1)
            return .vdafVerifyError
        } catch {
            return .invalidMessage
        }
    }
}

extension ReportVerifier.Outcome {
    fileprivate init(_ state: EncodedPingPongState) {
        self =
            switch state {
            case .continued(let state, let outbound): .continued(state: state, outbound: outbound)
            case .finishedWithOutbound(let share, let outbound): .finished(outputShare: share, outbound: outbound)
            case .finished(let share): .finished(outputShare: share, outbound: nil)
            }
    }

    /// What the Leader is told, if the output share can be committed.
    var response: VerifyResp.Outcome {
        switch self {
        case .rejected(let error): .reject(error)
        case .continued(_, let outbound): .continue(payload: outbound.encoded())
        case .finished(_, let outbound): outbound.map { .continue(payload: $0.encoded()) } ?? .finish
        }
    }
}
