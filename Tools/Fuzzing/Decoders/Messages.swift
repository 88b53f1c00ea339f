import FuzzTarget
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusSchemes
import PopulusVDAF
import PopulusWireCodec

/// Decodes a message, and encodes what was understood: each has one encoding.
private func roundTrip<Message: WireCodable>(_ type: Message.Type, _ bytes: ArraySlice<UInt8>) {
    guard let message = try? Message(decoding: bytes) else { return }
    precondition(message.encoded() == Array(bytes), "a \(type) has two encodings")
}

extension FuzzTarget {
    /// Every message of DAP and of the walk extension; the first byte chooses one.
    static let messages = FuzzTarget("messages") { bytes in
        guard let first = bytes.first else { return }
        choices[Int(first) % choices.count](bytes.dropFirst())
    }

    private static let choices: [@Sendable (ArraySlice<UInt8>) -> Void] = [
        { roundTrip(UploadRequest.self, $0) }, { roundTrip(UploadErrors.self, $0) },
        { roundTrip(AggregationJobInitReq.self, $0) }, { roundTrip(AggregationJobResp.self, $0) },
        { roundTrip(AggregationJobContinueReq.self, $0) }, { roundTrip(CollectionJobReq.self, $0) },
        { roundTrip(CollectionJobResp.self, $0) }, { roundTrip(AggregateShareReq.self, $0) },
        { roundTrip(AggregateShare.self, $0) }, { roundTrip(AggregateShareAad.self, $0) },
        { roundTrip(InputShareAad.self, $0) }, { roundTrip(PlaintextInputShare.self, $0) },
        { roundTrip(HpkeConfigList.self, $0) }, { roundTrip(TaskConfiguration.self, $0) },
        { roundTrip(VdafConfiguration.self, $0) }, { roundTrip(WalkTaskExtension.self, $0) },
        { roundTrip(WalkJobExtension.self, $0) }, { roundTrip(WalkEvaluateReq.self, $0) },
        { roundTrip(WalkEvaluateResp.self, $0) }, { roundTrip(WalkVerdictReq.self, $0) },
        { roundTrip(WalkVerdictResp.self, $0) }, { roundTrip(WalkCollectionJobResp.self, $0) },
        { roundTrip(WalkAggregateShareReq.self, $0) }, { roundTrip(WalkAggregateShareAad.self, $0) },
        { roundTrip(BatchNoise.self, $0) }, { roundTrip(PingPongMessage.self, $0) },
    ]

    /// The readers that do not copy take what those take that do, and nothing else.
    static let slices = FuzzTarget("slices") { bytes in
        let report = try? Report(decoding: bytes)
        let slices = try? ReportSlices(decoding: bytes)
        precondition((report == nil) == (slices == nil))
        precondition(report?.metadata == slices?.head.metadata)
        let request = try? AggregationJobInitReq(decoding: bytes)
        let cut = try? InitRequestSlices(decoding: bytes)
        precondition((request == nil) == (cut == nil))
        precondition(request?.verifyInits.count == cut?.verifyInits.count)
        precondition(request?.aggregationParameter == cut?.head.aggregationParameter)
        let share = try? PlaintextInputShare(decoding: bytes)
        precondition((share == nil) == ((try? PlaintextInputShareSlice(decoding: bytes)) == nil))
    }
}
