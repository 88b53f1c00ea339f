import DAP
import VDAF

/// Opens and checks the report shares of one aggregator, as both roles do.
///
/// Spec: DAP §4.5.3.3, §4.5.3.4
struct ShareOpener: Sendable {
    let task: AggregatorTask
    let settings: AggregatorSettings

    /// What can be said of a report without its share; depends on the time.
    func refusal(of metadata: ReportMetadata, now: UInt64) -> ReportError? {
        if isTooEarly(metadata.time, now: now, skew: settings.toleratedClockSkew, task: task) { return .reportTooEarly }
        if let interval = task.taskInterval, !interval.contains(metadata.time) {
            return metadata.time < interval.start ? .taskNotStarted : .taskExpired
        }
        // No report extension is known here, and extensions are mandatory to support.
        return metadata.publicExtensions.isEmpty ? nil : .invalidMessage
    }

    /// The input share's bytes, or why there are none.
    ///
    /// Depends on nothing but the report and the keys.
    func open(
        _ ciphertext: HpkeCiphertext, metadata: ReportMetadata, publicShare: [UInt8]
    ) -> Result<[UInt8], ReportRefusal> {
        let aad = InputShareAad(
            taskID: task.id, taskConfiguration: task.configuration, reportMetadata: metadata, publicShare: publicShare)
        guard
            let plaintext = try? task.receiver.open(
                ciphertext, label: .inputShare(recipient: task.role), associatedData: aad.encoded())
        else { return .failure(ReportRefusal(error: .hpkeDecryptError)) }
        guard let share = try? PlaintextInputShare(decoding: plaintext), share.privateExtensions.isEmpty else {
            return .failure(ReportRefusal(error: .invalidMessage))
        }
        return .success(share.payload)
    }
}

/// A report's error as the failure of a `Result`; it is never thrown.
struct ReportRefusal: Error {
    let error: ReportError
}
