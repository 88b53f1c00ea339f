import Foundation
import PopulusDAP
import PopulusKernels
import PopulusVDAF
import PopulusWireCodec

/// Turns measurements into reports: shards and seals.
///
/// Spec: DAP §4.4.2.1
package struct ReportMaker: Sendable {
    private let taskID: TaskID
    private let configuration: TaskConfiguration
    private let vdaf: any EncodedVdaf
    private let leader: HpkeConfig
    private let helper: HpkeConfig
    /// Seconds since the Epoch.
    private let now: @Sendable () -> UInt64

    /// - Parameters:
    ///   - codePoints: the types of the walk's extensions.
    ///   - leader: the Leader's HPKE configuration.
    ///   - helper: the Helper's HPKE configuration.
    /// - Throws: `unsupportedExtensions` for a task in which a client that does not know them must not take part,
    ///   `walkExtension` and `batchNoise` for one whose walks or whose noise are not of this version.
    package init(
        taskID: TaskID, configuration: TaskConfiguration, codePoints: WalkCodePoints = .provisional,
        leader: HpkeConfig, helper: HpkeConfig,
        now: @escaping @Sendable () -> UInt64 = { UInt64(max(0, Date().timeIntervalSince1970)) }
    ) throws(ReportMakerError) {
        let unsupported = configuration.unsupportedExtensions(walk: codePoints)
        guard unsupported.isEmpty else { throw .unsupportedExtensions(unsupported) }
        do throws(WalkExtensionError) {
            _ = try WalkRules(task: configuration, codePoints: codePoints)
        } catch {
            throw .walkExtension(error)
        }
        do throws(BatchNoiseError) {
            _ = try configuration.batchNoise(codePoints)
        } catch {
            throw .batchNoise(error)
        }
        do throws(VDAFError) {
            vdaf = try configuration.vdaf.makeVdaf()
        } catch {
            throw .sharding(error)
        }
        self.taskID = taskID
        self.configuration = configuration
        self.leader = leader
        self.helper = helper
        self.now = now
    }

    /// The length of an encoded report, to a few bytes.
    package var reportSize: Int { vdaf.reportSize }

    /// The report of a measurement; what it was made from is wiped.
    ///
    /// - Throws: `ReportMakerError.sharding` where the task does not take the measurement.
    package func report(of measurement: VdafMeasurement, id: ReportID) throws(ReportMakerError) -> Report {
        var shares: (publicShare: [UInt8], inputShares: [[UInt8]])
        do throws(VDAFError) {
            shares = try shard(measurement, id: id)
        } catch {
            throw .sharding(error)
        }
        defer {
            for index in shares.inputShares.indices { shares.inputShares[index].wipe() }
            wipeStack()
        }
        return try seal(shares, id: id)
    }

    /// What the VDAF makes of a measurement, with the report's ID as the nonce.
    package func shard(
        _ measurement: VdafMeasurement, id: ReportID
    ) throws(VDAFError) -> (publicShare: [UInt8], inputShares: [[UInt8]]) {
        var rand = Self.randomBytes(vdaf.randSize)
        defer { rand.wipe() }
        return try vdaf.shard(
            ctx: SpecVersion.vdafContext(for: taskID), measurement: measurement, nonce: id.bytes, rand: rand)
    }

    /// The report that carries the shares of a measurement.
    ///
    /// - Parameter shares: what `shard` returned.
    package func seal(
        _ shares: (publicShare: [UInt8], inputShares: [[UInt8]]), id: ReportID
    ) throws(ReportMakerError) -> Report {
        guard shares.inputShares.count == 2 else { throw .sharding(.wrongElementCount) }
        let metadata = ReportMetadata(
            reportID: id, time: Time(secondsSinceEpoch: now(), precision: configuration.timePrecision))
        let associatedData = InputShareAad(
            taskID: taskID, taskConfiguration: configuration, reportMetadata: metadata,
            publicShare: shares.publicShare
        ).encoded()
        do throws(HpkeError) {
            return Report(
                metadata: metadata, publicShare: shares.publicShare,
                leaderEncryptedInputShare: try seal(shares.inputShares[0], to: leader, .leader, associatedData),
                helperEncryptedInputShare: try seal(shares.inputShares[1], to: helper, .helper, associatedData))
        } catch {
            throw .sealing(error)
        }
    }

    private func seal(
        _ share: [UInt8], to config: HpkeConfig, _ role: Role, _ associatedData: [UInt8]
    ) throws(HpkeError) -> HpkeCiphertext {
        var plaintext = PlaintextInputShare(payload: share).encoded()
        defer { plaintext.wipe() }
        return try config.seal(plaintext, label: .inputShare(recipient: role), associatedData: associatedData)
    }

    /// Bytes of the system's cryptographically secure generator.
    ///
    /// A call of the system for up to 256 bytes, where Swift's generator makes one for every eight.
    private static func randomBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        for start in stride(from: 0, to: count, by: 256) {
            let length = min(256, count - start)
            let isFilled = bytes.withUnsafeMutableBytes {
                getentropy($0.baseAddress?.advanced(by: start), length) == 0
            }
            if isFilled { continue }
            var generator = SystemRandomNumberGenerator()
            for i in start..<start + length { bytes[i] = generator.next() }
        }
        return bytes
    }
}

/// Why there is no report of a measurement.
package enum ReportMakerError: Error, Hashable, Sendable {
    /// The task has extensions that this program does not know.
    ///
    /// Spec: DAP §4.2.2
    case unsupportedExtensions([UInt16])
    /// The task has a walk extension that this program cannot go by.
    case walkExtension(WalkExtensionError)
    /// The task has a noise extension that this program cannot go by.
    case batchNoise(BatchNoiseError)
    case sharding(VDAFError)
    case sealing(HpkeError)
}

extension EncodedVdaf {
    /// The length of an encoded report, to a few bytes.
    package var reportSize: Int {
        publicShareSize + inputShareSize(aggregatorID: 0) + inputShareSize(aggregatorID: 1) + 160
    }
}
