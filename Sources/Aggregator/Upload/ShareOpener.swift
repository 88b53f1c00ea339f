import PopulusDAP
import PopulusKernels
import PopulusVDAF

/// Opens and checks the report shares of one aggregator, as both roles do.
///
/// Spec: DAP §4.5.3.3, §4.5.3.4
struct ShareOpener: Sendable {
    let task: AggregatorTask
    let settings: AggregatorSettings
    /// What every report's associated data begins with.
    private let aadPrefix: [UInt8]
    private let label: HpkeLabel

    init(task: AggregatorTask, settings: AggregatorSettings) {
        self.task = task
        self.settings = settings
        label = .inputShare(recipient: task.role)
        aadPrefix = InputShareAad.prefix(taskID: task.id, taskConfiguration: task.configuration)
    }

    /// What can be said of a report without its share; depends on the time.
    func refusal(of metadata: ReportMetadata, now: UInt64) -> ReportError? {
        // What the task's interval demands goes before what its clock should do: a report beyond the end stays beyond it.
        if let interval = task.taskInterval, !interval.contains(metadata.time) {
            return metadata.time < interval.start ? .taskNotStarted : .taskExpired
        }
        if isForgotten(metadata.time, settings: settings, task: task) { return .reportDropped }
        if isTooEarly(metadata.time, now: now, skew: settings.toleratedClockSkew, task: task) { return .reportTooEarly }
        // No report extension is known here, and extensions are mandatory to support.
        return metadata.publicExtensions.isEmpty ? nil : .invalidMessage
    }

    /// What `use` makes of the input share's bytes, or why there are none.
    ///
    /// The bytes are wiped afterwards, and what `use` left on the stack: it keeps no copy.
    /// Depends on nothing but the report and the keys.
    func open<Use>(
        _ ciphertext: HpkeCiphertext, metadata: ReportMetadata, publicShare: [UInt8],
        use: ([UInt8]) throws(ReportError) -> Use
    ) throws(ReportError) -> Use {
        let aad = InputShareAad(
            taskID: task.id, taskConfiguration: task.configuration, reportMetadata: metadata, publicShare: publicShare)
        return try open(HpkeCiphertextSlice(ciphertext), associatedData: aad.encoded()) {
            share throws(ReportError) in
            var bytes = Array(share)
            defer { bytes.wipe() }
            return try use(bytes)
        }
    }

    /// The same for a report that was not copied out of its message.
    ///
    /// - Parameter scratch: memory for the associated data, to be given again for the next report.
    func open<Use>(
        _ ciphertext: HpkeCiphertextSlice, head: ReportHead, scratch: inout [UInt8],
        use: (ArraySlice<UInt8>) throws(ReportError) -> Use
    ) throws(ReportError) -> Use {
        scratch.removeAll(keepingCapacity: true)
        scratch += aadPrefix
        scratch += head.bytes
        return try open(ciphertext, associatedData: scratch, use: use)
    }

    private func open<Use>(
        _ ciphertext: HpkeCiphertextSlice, associatedData: [UInt8],
        use: (ArraySlice<UInt8>) throws(ReportError) -> Use
    ) throws(ReportError) -> Use {
        // Why it does not open tells nobody anything: the report is rejected, and the others go on.
        guard
            var plaintext = try? task.receiver.open(
                ciphertext, label: label, associatedData: associatedData)
        else { throw .hpkeDecryptError }
        defer {
            plaintext.wipe()
            wipeStack()
        }
        return try Self.used(plaintext, use)
    }

    /// A function of its own: the slices of the plaintext are gone when it returns.
    @inline(never)
    private static func used<Use>(
        _ plaintext: [UInt8], _ use: (ArraySlice<UInt8>) throws(ReportError) -> Use
    ) throws(ReportError) -> Use {
        // A client's fault, and its report's alone.
        guard let share = try? PlaintextInputShareSlice(decoding: plaintext), share.privateExtensions.isEmpty else {
            throw .invalidMessage
        }
        return try use(share.payload)
    }
}
