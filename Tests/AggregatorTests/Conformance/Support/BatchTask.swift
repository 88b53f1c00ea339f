import Aggregator
import PopulusDAP
import PopulusSchemes
import PopulusVDAF

/// A task without walks, with all of its roles' secrets.
struct BatchTask: Sendable {
    let id = TaskID.random()
    let configuration: TaskConfiguration
    let vdaf: any EncodedVdaf
    var leaderKey = HpkeKeyPair.generate(id: 1)
    let helperKey = HpkeKeyPair.generate(id: 2)
    let collectorKey = HpkeKeyPair.generate(id: 3)
    let verifyKeys: [UInt8: [UInt8]]
    /// The draft that both aggregators take the task for.
    var version = SpecVersion.current

    /// A minute: times are rounded to it.
    static let precision = TimePrecision(seconds: 60)

    init(
        _ vdaf: VdafConfiguration = .prio3Sum(maxMeasurement: 100), _ batchMode: BatchMode = .timeInterval,
        minBatchSize: UInt64 = 2, extensions: [TaskExtension] = []
    ) throws {
        self.vdaf = try vdaf.makeVdaf()
        configuration = try TaskConfiguration(
            taskInfo: Array("conformance".utf8), leaderEndpoint: Array("http://leader/".utf8),
            helperEndpoint: Array("http://helper/".utf8), timePrecision: Self.precision, minBatchSize: minBatchSize,
            batchMode: batchMode, vdaf: vdaf, extensions: extensions)
        verifyKeys = [
            3: (0..<32).map { _ in .random(in: 0...255) }, 7: (0..<32).map { _ in .random(in: 0...255) },
        ]
    }

    /// Poplar1 for four bits.
    static func poplar1(_ batchMode: BatchMode = .timeInterval, minBatchSize: UInt64 = 2) throws -> BatchTask {
        try BatchTask(.poplar1(bits: 4), batchMode, minBatchSize: minBatchSize)
    }

    var context: [UInt8] { SpecVersion.vdafContext(for: id) }

    func key(_ role: Role) -> HpkeKeyPair { role == .leader ? leaderKey : helperKey }

    func aggregator(_ role: Role) throws -> AggregatorTask {
        try AggregatorTask(
            id: id, configuration: configuration, role: role, receiver: try HpkeReceiver(keyPairs: [key(role)]),
            collectorConfig: collectorKey.config, verifyKeys: verifyKeys, version: version)
    }

    /// A measurement that the task's VDAF takes: a number for Prio3, the bits of one for Poplar1.
    func measurement(_ value: Int) -> VdafMeasurement {
        guard let bits = configuration.vdaf.poplar1Bits else { return .integer(UInt64(value)) }
        return .bits(Prefix(bits: (0..<bits).map { value >> (bits - 1 - $0) & 1 == 1 }))
    }

    /// Poplar1's parameter for all prefixes of a level, empty for Prio3.
    func parameter(level: Int = 3) throws -> [UInt8] {
        guard configuration.vdaf.poplar1Bits != nil else { return [] }
        let prefixes = (0..<1 << (level + 1)).map { value in
            Prefix(bits: (0...level).map { value >> (level - $0) & 1 == 1 })
        }
        return try Poplar1AggregationParameter(level: level, prefixes: prefixes).encode()
    }
}

extension BatchTask {
    /// What a cheating client changes.
    struct Changes: Sendable {
        var publicExtensions: [ReportExtension] = []
        var privateExtensions: [Role: [ReportExtension]] = [:]
        /// Changes an aggregator's `PlaintextInputShare` before it is sealed.
        var plaintext: @Sendable (Role, inout [UInt8]) -> Void = { _, _ in }
        /// Changes an input share within it.
        var inputShare: @Sendable (Role, inout [UInt8]) -> Void = { _, _ in }
        var publicShare: @Sendable (inout [UInt8]) -> Void = { _ in }
        /// Changes a sealed share.
        var ciphertext: @Sendable (Role, HpkeCiphertext) -> HpkeCiphertext = { $1 }
    }

    /// A report whose time is in units of the time precision.
    func report(
        _ value: Int, id reportID: ReportID = .random(), time: UInt64, changing changes: Changes = Changes()
    ) throws -> Report {
        let shares = try vdaf.shard(
            ctx: context, measurement: measurement(value), nonce: reportID.bytes,
            rand: (0..<vdaf.randSize).map { _ in .random(in: 0...255) })
        var publicShare = shares.publicShare
        changes.publicShare(&publicShare)
        let metadata = ReportMetadata(
            reportID: reportID, time: Time(units: time), publicExtensions: changes.publicExtensions)
        let aad = InputShareAad(
            taskID: id, taskConfiguration: configuration, reportMetadata: metadata, publicShare: publicShare
        ).encoded()
        func seal(_ role: Role, _ share: [UInt8]) throws -> HpkeCiphertext {
            var share = share
            changes.inputShare(role, &share)
            var plaintext = PlaintextInputShare(
                privateExtensions: changes.privateExtensions[role] ?? [], payload: share
            ).encoded()
            changes.plaintext(role, &plaintext)
            let sealed = try key(role).config.seal(
                plaintext, label: .inputShare(recipient: role), associatedData: aad)
            return changes.ciphertext(role, sealed)
        }
        return Report(
            metadata: metadata, publicShare: publicShare,
            leaderEncryptedInputShare: try seal(.leader, shares.inputShares[0]),
            helperEncryptedInputShare: try seal(.helper, shares.inputShares[1]))
    }
}
