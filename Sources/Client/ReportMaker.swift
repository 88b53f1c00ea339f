import Foundation
import PopulusDAP
import PopulusKernels
import PopulusReportMaking
import PopulusVDAF

/// Turns measurements into reports: shards and seals, with the system's clock and randomness.
///
/// Spec: DAP §4.4.2.1
package struct ReportMaker: Sendable {
    private let task: ReportTask
    private let leader: HpkeConfig
    private let helper: HpkeConfig
    /// Seconds since the Epoch.
    private let now: @Sendable () -> UInt64

    /// - Parameters:
    ///   - codePoints: the types of the walk's extensions.
    ///   - leader: the Leader's HPKE configuration.
    ///   - helper: the Helper's HPKE configuration.
    /// - Throws: `task` for a task that this program takes no part in.
    package init(
        taskID: TaskID, configuration: TaskConfiguration, codePoints: WalkCodePoints = .provisional,
        leader: HpkeConfig, helper: HpkeConfig,
        now: @escaping @Sendable () -> UInt64 = { UInt64(max(0, Date().timeIntervalSince1970)) }
    ) throws(ReportMakerError) {
        do throws(ReportTaskError) {
            task = try ReportTask(taskID: taskID, configuration: configuration, codePoints: codePoints)
        } catch {
            throw ReportMakerError(error)
        }
        self.leader = leader
        self.helper = helper
        self.now = now
    }

    /// The length of an encoded report, to a few bytes.
    package var reportSize: Int { task.reportSize }

    /// The report of a measurement; what it was made from is wiped.
    ///
    /// - Throws: `ReportMakerError.sharding` where the task does not take the measurement.
    package func report(of measurement: VdafMeasurement, id: ReportID) throws(ReportMakerError) -> Report {
        var rand = SystemRandomness.bytes(task.randSize)
        defer { rand.wipe() }
        do throws(ReportMakingError) {
            return try task.report(
                of: measurement, id: id, rand: rand, secondsSinceEpoch: now(), leader: leader, helper: helper,
                sealing: LibrarySealing())
        } catch {
            throw ReportMakerError(error)
        }
    }

    /// What the VDAF makes of a measurement, with the report's ID as the nonce.
    package func shard(
        _ measurement: VdafMeasurement, id: ReportID
    ) throws(VDAFError) -> (publicShare: [UInt8], inputShares: [[UInt8]]) {
        var rand = SystemRandomness.bytes(task.randSize)
        defer { rand.wipe() }
        return try task.shard(measurement, id: id, rand: rand)
    }

    /// The report that carries the shares of a measurement.
    ///
    /// - Parameter shares: what `shard` returned.
    package func seal(
        _ shares: (publicShare: [UInt8], inputShares: [[UInt8]]), id: ReportID
    ) throws(ReportMakerError) -> Report {
        do throws(ReportMakingError) {
            var draft = try task.draft(of: shares, id: id, secondsSinceEpoch: now())
            defer { draft.wipe() }
            return try Self.sealed(draft, leader, helper)
        } catch {
            throw ReportMakerError(error)
        }
    }

    private static func sealed(
        _ draft: ReportDraft, _ leader: HpkeConfig, _ helper: HpkeConfig
    ) throws(ReportMakingError) -> Report {
        do throws(HpkeError) {
            return try draft.sealed(leader: leader, helper: helper, by: LibrarySealing())
        } catch {
            throw .sealing(error)
        }
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

extension ReportMakerError {
    fileprivate init(_ error: ReportTaskError) {
        switch error {
        case .unsupportedExtensions(let types): self = .unsupportedExtensions(types)
        case .walkExtension(let error): self = .walkExtension(error)
        case .batchNoise(let error): self = .batchNoise(error)
        case .vdaf(let error): self = .sharding(error)
        // A configuration that is decoded, and no encoding, cannot have these.
        case .malformed, .unknownEncoding: self = .sharding(.wrongSize)
        }
    }

    fileprivate init(_ error: ReportMakingError) {
        switch error {
        case .sharding(let error): self = .sharding(error)
        case .sealing(let error): self = .sealing(error)
        // A measurement that is made already cannot have these.
        case .noStrings, .noNumbers, .unencodable: self = .sharding(.wrongElementCount)
        }
    }
}
