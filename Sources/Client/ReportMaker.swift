import DAP
import Foundation
import StringCodec
import VDAF
import WireCodec

/// Turns strings into reports: encodes, shards and seals.
///
/// Spec: DAP §4.4.2.1
package struct ReportMaker: Sendable {
    private let taskID: TaskID
    private let configuration: TaskConfiguration
    private let encoding: any StringEncoding
    private let poplar1: Poplar1
    private let leader: HpkeConfig
    private let helper: HpkeConfig
    /// Seconds since the Epoch.
    private let now: @Sendable () -> UInt64

    /// - Parameters:
    ///   - leader: the Leader's HPKE configuration.
    ///   - helper: the Helper's HPKE configuration.
    package init(
        taskID: TaskID, configuration: TaskConfiguration, encoding: any StringEncoding, leader: HpkeConfig,
        helper: HpkeConfig,
        now: @escaping @Sendable () -> UInt64 = { UInt64(max(0, Date().timeIntervalSince1970)) }
    ) throws(VDAFError) {
        // A task of another VDAF has no strings.
        poplar1 = try Poplar1(bits: configuration.vdaf.poplar1Bits ?? 0)
        self.taskID = taskID
        self.configuration = configuration
        self.encoding = encoding
        self.leader = leader
        self.helper = helper
        self.now = now
    }

    /// The length of an encoded report, to a few bytes.
    package var reportSize: Int { poplar1.publicShareSize + 2 * poplar1.inputShareSize + 160 }

    /// The report of a string.
    ///
    /// - Throws: `ReportMakerError.unencodable` where the encoding cannot take the string.
    package func report(of value: [UInt8], id: ReportID) throws(ReportMakerError) -> Report {
        let path: PackedBits
        do throws(StringEncodingError) {
            path = try encoding.path(of: value, bits: poplar1.bits)
        } catch {
            throw .unencodable(error)
        }
        let metadata = ReportMetadata(
            reportID: id, time: Time(secondsSinceEpoch: now(), precision: configuration.timePrecision))
        let shares: Poplar1Report
        do throws(VDAFError) {
            shares = try poplar1.shard(
                ctx: SpecVersion.vdafContext(for: taskID),
                measurement: try Prefix(bytes: path.bytes, bitCount: path.count), nonce: id.bytes,
                rand: Self.randomBytes(Poplar1.randSize))
        } catch {
            throw .sharding(error)
        }
        let publicShare = shares.publicShare.encode()
        let associatedData = InputShareAad(
            taskID: taskID, taskConfiguration: configuration, reportMetadata: metadata, publicShare: publicShare
        ).encoded()
        do throws(HpkeError) {
            return Report(
                metadata: metadata, publicShare: publicShare,
                leaderEncryptedInputShare: try seal(shares.inputShares[0], to: leader, .leader, associatedData),
                helperEncryptedInputShare: try seal(shares.inputShares[1], to: helper, .helper, associatedData))
        } catch {
            throw .sealing(error)
        }
    }

    private func seal(
        _ share: Poplar1InputShare, to config: HpkeConfig, _ role: Role, _ associatedData: [UInt8]
    ) throws(HpkeError) -> HpkeCiphertext {
        try config.seal(
            PlaintextInputShare(payload: share.encode()).encoded(), label: .inputShare(recipient: role),
            associatedData: associatedData)
    }

    /// Bytes of the system's cryptographically secure generator.
    private static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
        }
        return Array(bytes.prefix(count))
    }
}

/// Why there is no report of a string.
package enum ReportMakerError: Error, Hashable, Sendable {
    /// The encoding cannot take the string.
    case unencodable(StringEncodingError)
    case sharding(VDAFError)
    case sealing(HpkeError)
}
