/// The draft of the Distributed Aggregation Protocol that this module speaks: draft-ietf-ppm-dap-18.
///
/// Sections are cited as `Spec: DAP §4.1`; the numbers are those of draft 18.
package enum SpecVersion {
    /// The draft's name in domain separation tags.
    package static let tag = "dap-18"

    /// The tag's bytes.
    package static var tagBytes: [UInt8] { Array(tag.utf8) }

    /// The VDAF's application context for a task: `"dap-18" || task_id`.
    ///
    /// Spec: DAP §4.4.2.1
    package static func vdafContext(for taskID: TaskID) -> [UInt8] {
        tagBytes + taskID.bytes
    }
}
