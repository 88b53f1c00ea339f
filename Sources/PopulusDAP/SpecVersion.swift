/// A draft of the Distributed Aggregation Protocol, as far as drafts decide differently.
///
/// Sections are cited as `Spec: DAP §4.1`; the numbers are those of draft 18. Another draft is another value here, and
/// what depends on it asks the task for its own.
package struct SpecVersion: Hashable, Sendable {
    /// The draft's name in domain separation tags.
    package let tag: String

    /// Least length of `task_info` in bytes.
    ///
    /// Spec: DAP §4.2
    package let leastTaskInfo: Int

    /// What becomes of an aggregation job whose verification key the Helper does not know.
    ///
    /// Spec: DAP §4.5.3.2
    package let unknownVerificationKey: UnknownVerificationKey

    package init(tag: String, leastTaskInfo: Int, unknownVerificationKey: UnknownVerificationKey) {
        self.tag = tag
        self.leastTaskInfo = leastTaskInfo
        self.unknownVerificationKey = unknownVerificationKey
    }

    /// draft-ietf-ppm-dap-18.
    package static let dap18 = SpecVersion(tag: "dap-18", leastTaskInfo: 1, unknownVerificationKey: .failsJob)

    /// The draft that this program speaks.
    package static let current = dap18

    /// The current draft's name among the IETF's documents.
    package static var draft: String { "draft-ietf-ppm-\(current.tag)" }
}

extension SpecVersion {
    /// What an unknown `verification_key_id` does.
    package enum UnknownVerificationKey: Hashable, Sendable {
        /// The request is refused as `invalidMessage`, and nothing is stored.
        case failsJob
        /// Each of its reports is rejected with this error.
        case rejectsReports(ReportError)
    }

    /// The current draft's tag in bytes.
    package static var tagBytes: [UInt8] { Array(current.tag.utf8) }

    /// The VDAF's application context for a task: `"dap-18" || task_id`.
    ///
    /// Spec: DAP §4.4.2.1
    package static func vdafContext(for taskID: TaskID) -> [UInt8] {
        tagBytes + taskID.bytes
    }
}
