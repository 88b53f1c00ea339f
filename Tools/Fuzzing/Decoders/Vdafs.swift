import FuzzTarget
import PopulusDAP
import PopulusSchemes
import PopulusVDAF
import PopulusWireCodec

extension FuzzTarget {
    /// What each VDAF decodes, of small parameters: shares, messages, parameters and aggregate shares of a peer or a client.
    static let vdaf = FuzzTarget("vdaf") { bytes in
        guard bytes.count > 2 else { return }
        let vdaf = vdafs[Int(bytes[0]) % vdafs.count]
        let rest = Array(bytes.dropFirst(2))
        switch bytes[1] % 5 {
        // Each `try?`: the bytes are refused, which is fine.
        case 0: try? vdaf.checkAggregationParameter(rest)
        case 1: check(vdaf, rest)
        case 2: verify(vdaf, rest)
        case 3:
            let parameter = vdaf.id == poplar1 ? inner : []
            guard let empty = try? vdaf.emptyAggregateShare(aggregationParameter: parameter) else { return }
            let merged = try? vdaf.merge(rest, empty, aggregationParameter: parameter)
            precondition(merged == nil || merged == rest, "the sum of a share and nothing is another share")
            _ = try? vdaf.unshard(aggregationParameter: parameter, aggregateShares: [rest, empty], count: 9)
        default:
            _ = try? VdafConfiguration(decoding: rest)
        }
    }

    private static let poplar1: UInt32 = 6

    /// Level 1, all four candidates.
    private static let inner: [UInt8] = [0, 1, 0, 0, 0, 4, 0x00, 0x40, 0x80, 0xc0]

    private static let vdafs: [any EncodedVdaf] = configurations.map { bytes in
        guard let vdaf = try? VdafConfiguration(decoding: bytes).makeVdaf() else { preconditionFailure("\(bytes)") }
        return vdaf
    }

    /// Encodings of `VdafConfiguration`, smallest numbers: DAP's appendix.
    private static let configurations: [[UInt8]] = [
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 2, 0, 8, 0, 0, 0, 0, 0, 0, 0, 255],
        [0, 0, 0, 3, 0, 16, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2],
        [0, 0, 0, 4, 0, 8, 0, 0, 0, 5, 0, 0, 0, 2],
        [0, 0, 0, 5, 0, 16, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3],
        [0, 0, 0, 6, 0, 2, 0, 8],
    ]

    /// A public share and an input share of the right sizes, cut from the bytes or filled up with zeros.
    private static func shares(_ vdaf: any EncodedVdaf, _ bytes: [UInt8], of aggregator: Int) -> PingPongReport {
        let (size, input) = (vdaf.publicShareSize, vdaf.inputShareSize(aggregatorID: aggregator))
        let filled = bytes + [UInt8](repeating: 0, count: max(0, size + input + vdaf.nonceSize - bytes.count))
        return PingPongReport(
            nonce: Array(filled.suffix(vdaf.nonceSize)), publicShare: Array(filled.prefix(size)),
            inputShare: Array(filled.dropFirst(size).prefix(input)))
    }

    private static func check(_ vdaf: any EncodedVdaf, _ bytes: [UInt8]) {
        for aggregator in 0...1 {
            let report = shares(vdaf, bytes, of: aggregator)
            try? vdaf.checkShares(
                publicShare: report.publicShare, inputShare: report.inputShare, aggregatorID: aggregator)
            try? vdaf.checkShares(publicShare: bytes, inputShare: bytes, aggregatorID: aggregator)
        }
    }

    /// A client's report and a peer's message, both of whatever bytes, at the Helper.
    private static func verify(_ vdaf: any EncodedVdaf, _ bytes: [UInt8]) {
        let half = bytes.count / 2
        let report = shares(vdaf, Array(bytes.prefix(half)), of: 1)
        guard let inbound = try? PingPongMessage(decoding: Array(bytes.dropFirst(half))) else { return }
        let parameter = vdaf.id == poplar1 ? inner : []
        _ = try? vdaf.pingPongHelperInit(
            verifyKey: [UInt8](repeating: 1, count: vdaf.verifyKeySize), ctx: [1], aggregationParameter: parameter,
            report: report, inbound: inbound)
    }
}
