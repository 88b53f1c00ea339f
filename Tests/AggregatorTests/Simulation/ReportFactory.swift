import PopulusDAP
import PopulusVDAF

/// Makes reports, honest and forged.
struct ReportFactory: Sendable {
    let task: TestTask
    let time: UInt64

    /// What a cheating client changes, after sharding and before sealing.
    typealias Forgery = (inout IdpfPublicShare, inout [Poplar1InputShare]) -> Void

    /// The bits of a small integer, most significant first.
    func path(_ value: Int) -> Prefix {
        Prefix(bits: (0..<task.bits).map { value >> (task.bits - 1 - $0) & 1 == 1 })
    }

    func report(
        _ value: Int, id: ReportID = .random(), time: UInt64? = nil, sealedFor other: TestTask? = nil,
        truncating: Set<Role> = [], forging: Forgery = { _, _ in }
    ) throws -> Report {
        let poplar1 = try Poplar1(bits: task.bits)
        let sharded = try poplar1.shard(
            ctx: SpecVersion.vdafContext(for: task.id), measurement: path(value), nonce: id.bytes,
            rand: (0..<Poplar1.randSize).map { _ in .random(in: 0...255) })
        var (publicShare, inputShares) = (sharded.publicShare, sharded.inputShares)
        forging(&publicShare, &inputShares)
        let metadata = ReportMetadata(reportID: id, time: Time(units: time ?? self.time))
        let sealing = other ?? task
        let aad = InputShareAad(
            taskID: sealing.id, taskConfiguration: sealing.configuration, reportMetadata: metadata,
            publicShare: publicShare.encode()
        ).encoded()
        func seal(_ share: Poplar1InputShare, _ config: HpkeConfig, _ role: Role) throws -> HpkeCiphertext {
            let payload = truncating.contains(role) ? Array(share.encode().dropLast()) : share.encode()
            return try config.seal(
                PlaintextInputShare(payload: payload).encoded(), label: .inputShare(recipient: role),
                associatedData: aad)
        }
        return Report(
            metadata: metadata, publicShare: publicShare.encode(),
            leaderEncryptedInputShare: try seal(inputShares[0], task.leaderKey.config, .leader),
            helperEncryptedInputShare: try seal(inputShares[1], task.helperKey.config, .helper))
    }
}
