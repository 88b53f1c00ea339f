import PopulusDAP
import PopulusKernels
import PopulusVDAF

/// Whoever has the cryptography: HPKE's base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM.
///
/// Spec: RFC 9180 §6.1 (`SealBase`)
package protocol ReportSealing: Sendable {
    /// Encrypts one message.
    ///
    /// Who calls it has checked `isSupported` and `hasInvalidKey` of the configuration.
    func seal(
        _ plaintext: [UInt8], to config: HpkeConfig, label: HpkeLabel, associatedData: [UInt8]
    ) throws(HpkeError) -> HpkeCiphertext
}

extension HpkeConfig {
    /// Refuses what nothing can be sealed to.
    ///
    /// - Throws: `unsupportedAlgorithms`, `invalidKey`.
    package func checkUsable() throws(HpkeError) {
        guard isSupported else { throw .unsupportedAlgorithms }
        guard !hasInvalidKey else { throw .invalidKey }
    }
}

extension ReportDraft {
    /// Seals both shares.
    package func sealed(
        leader: HpkeConfig, helper: HpkeConfig, by sealing: some ReportSealing
    ) throws(HpkeError) -> Report {
        try leader.checkUsable()
        try helper.checkUsable()
        let leaderShare = try sealing.seal(
            leaderShare.plaintext, to: leader, label: leaderShare.label, associatedData: leaderShare.associatedData)
        let helperShare = try sealing.seal(
            helperShare.plaintext, to: helper, label: helperShare.label, associatedData: helperShare.associatedData)
        return report(leader: leaderShare, helper: helperShare)
    }
}

extension ReportTask {
    /// The report of a measurement, in one call: its encoding is what is uploaded.
    ///
    /// - Parameters: as for `draft`.
    /// - Throws: `sharding` where the task does not take the measurement, `sealing`.
    package func report(
        of measurement: VdafMeasurement, id: ReportID, rand: [UInt8], secondsSinceEpoch: UInt64, leader: HpkeConfig,
        helper: HpkeConfig, sealing: some ReportSealing
    ) throws(ReportMakingError) -> Report {
        var draft = try draft(of: measurement, id: id, rand: rand, secondsSinceEpoch: secondsSinceEpoch)
        defer {
            draft.wipe()
            wipeStack()
        }
        do throws(HpkeError) {
            return try draft.sealed(leader: leader, helper: helper, by: sealing)
        } catch {
            throw .sealing(error)
        }
    }
}
