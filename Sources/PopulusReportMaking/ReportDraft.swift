import PopulusDAP
import PopulusKernels
import PopulusVDAF
import PopulusWireCodec

/// A report whose input shares are not sealed yet.
///
/// It holds what the shares are made from: whoever has it seals both and calls `wipe()`.
///
/// Spec: DAP §4.4.2.1
package struct ReportDraft: Sendable {
    /// One share that is to be sealed in HPKE's base mode.
    package struct Share: Sendable {
        /// `PlaintextInputShare`; a secret.
        package fileprivate(set) var plaintext: [UInt8]
        /// Both shares have the same associated data: `InputShareAad`.
        package let associatedData: [UInt8]
        /// HPKE's `info`.
        package let label: HpkeLabel
    }

    package let metadata: ReportMetadata
    package let publicShare: [UInt8]
    package fileprivate(set) var leaderShare: Share
    package fileprivate(set) var helperShare: Share

    /// The report with its sealed shares.
    package func report(leader: HpkeCiphertext, helper: HpkeCiphertext) -> Report {
        Report(
            metadata: metadata, publicShare: publicShare, leaderEncryptedInputShare: leader,
            helperEncryptedInputShare: helper)
    }

    /// Overwrites both plaintexts.
    package mutating func wipe() {
        leaderShare.plaintext.wipe()
        helperShare.plaintext.wipe()
    }
}

// What is secret shows in no description.
extension ReportDraft.Share: CustomStringConvertible {
    package var description: String { "Share" }
}

extension ReportDraft: CustomStringConvertible {
    package var description: String { "ReportDraft" }
}

extension ReportTask {
    /// What the VDAF makes of a measurement, with the report's ID as the nonce.
    ///
    /// - Parameter rand: `randSize` random bytes, for this report alone; the caller wipes them.
    package func shard(
        _ measurement: VdafMeasurement, id: ReportID, rand: [UInt8]
    ) throws(VDAFError) -> (publicShare: [UInt8], inputShares: [[UInt8]]) {
        try vdaf.shard(
            ctx: SpecVersion.vdafContext(for: taskID), measurement: measurement, nonce: id.bytes, rand: rand)
    }

    /// Shards a measurement into a report that is not sealed yet; what it was made from is wiped.
    ///
    /// - Parameters:
    ///   - id: 16 random bytes, for this report alone.
    ///   - rand: `randSize` random bytes, for this report alone; the caller wipes them.
    ///   - secondsSinceEpoch: the time, which the report has rounded to the task's precision.
    /// - Throws: `sharding` where the task does not take the measurement.
    package func draft(
        of measurement: VdafMeasurement, id: ReportID, rand: [UInt8], secondsSinceEpoch: UInt64
    ) throws(ReportMakingError) -> ReportDraft {
        var shares: (publicShare: [UInt8], inputShares: [[UInt8]])
        do throws(VDAFError) {
            shares = try shard(measurement, id: id, rand: rand)
        } catch {
            throw .sharding(error)
        }
        defer {
            for index in shares.inputShares.indices { shares.inputShares[index].wipe() }
            wipeStack()
        }
        return try draft(of: shares, id: id, secondsSinceEpoch: secondsSinceEpoch)
    }

    /// The report that carries the shares of a measurement.
    ///
    /// - Parameter shares: what `shard` returned.
    package func draft(
        of shares: (publicShare: [UInt8], inputShares: [[UInt8]]), id: ReportID, secondsSinceEpoch: UInt64
    ) throws(ReportMakingError) -> ReportDraft {
        guard shares.inputShares.count == 2 else { throw .sharding(.wrongElementCount) }
        let metadata = ReportMetadata(
            reportID: id, time: Time(secondsSinceEpoch: secondsSinceEpoch, precision: configuration.timePrecision))
        var tail = WireWriter(capacity: 64 + shares.publicShare.count)
        tail.append(metadata)
        tail.append(opaque32: shares.publicShare)
        let associatedData = associatedDataPrefix + tail.bytes
        func share(_ index: Int, _ role: Role) -> ReportDraft.Share {
            ReportDraft.Share(
                plaintext: PlaintextInputShare(payload: shares.inputShares[index]).encoded(),
                associatedData: associatedData, label: .inputShare(recipient: role))
        }
        return ReportDraft(
            metadata: metadata, publicShare: shares.publicShare, leaderShare: share(0, .leader),
            helperShare: share(1, .helper))
    }
}
