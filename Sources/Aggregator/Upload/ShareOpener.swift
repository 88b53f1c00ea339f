import DAP
import VDAF

/// Opens and checks the report shares of one aggregator, as both roles do.
///
/// Spec: DAP §4.5.3.3, §4.5.3.4
struct ShareOpener: Sendable {
    let task: AggregatorTask
    let settings: AggregatorSettings
    /// What every report's associated data begins with.
    private let aadPrefix: [UInt8]

    init(task: AggregatorTask, settings: AggregatorSettings) {
        self.task = task
        self.settings = settings
        aadPrefix = InputShareAad.prefix(taskID: task.id, taskConfiguration: task.configuration)
    }

    /// What can be said of a report without its share; depends on the time.
    func refusal(of metadata: ReportMetadata, now: UInt64) -> ReportError? {
        if isTooEarly(metadata.time, now: now, skew: settings.toleratedClockSkew, task: task) { return .reportTooEarly }
        if let interval = task.taskInterval, !interval.contains(metadata.time) {
            return metadata.time < interval.start ? .taskNotStarted : .taskExpired
        }
        if isForgotten(metadata.time, settings: settings, task: task) { return .reportDropped }
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
        return open(HpkeCiphertextSlice(ciphertext), associatedData: aad.encoded()).map { Array($0) }
    }

    /// The same for a report that was not copied out of its message.
    ///
    /// - Parameter scratch: memory for the associated data, to be given again for the next report.
    func open(
        _ ciphertext: HpkeCiphertextSlice, head: ReportHead, scratch: inout [UInt8]
    ) -> Result<ArraySlice<UInt8>, ReportRefusal> {
        scratch.removeAll(keepingCapacity: true)
        scratch += aadPrefix
        scratch += head.bytes
        return open(ciphertext, associatedData: scratch)
    }

    private func open(
        _ ciphertext: HpkeCiphertextSlice, associatedData: [UInt8]
    ) -> Result<ArraySlice<UInt8>, ReportRefusal> {
        guard
            let plaintext = try? task.receiver.open(
                ciphertext, label: .inputShare(recipient: task.role), associatedData: associatedData)
        else { return .failure(ReportRefusal(error: .hpkeDecryptError)) }
        guard let share = try? PlaintextInputShareSlice(decoding: plaintext), share.privateExtensions.isEmpty else {
            return .failure(ReportRefusal(error: .invalidMessage))
        }
        return .success(share.payload)
    }
}

/// A report's error as the failure of a `Result`; it is never thrown.
struct ReportRefusal: Error {
    let error: ReportError
}
