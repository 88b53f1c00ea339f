import PopulusWireCodec

/// What an input share's encryption is bound to: the task as a whole and the report's public part.
///
/// ```
/// struct {
///   TaskID task_id;
///   TaskConfiguration task_configuration;
///   ReportMetadata report_metadata;
///   opaque public_share<0..2^32-1>;
/// } InputShareAad;
/// ```
///
/// Spec: DAP §4.4.2.1
package struct InputShareAad: Hashable, Sendable, WireCodable {
    package let taskID: TaskID
    package let taskConfiguration: TaskConfiguration
    package let reportMetadata: ReportMetadata
    package let publicShare: [UInt8]

    package init(
        taskID: TaskID, taskConfiguration: TaskConfiguration, reportMetadata: ReportMetadata, publicShare: [UInt8]
    ) {
        self.taskID = taskID
        self.taskConfiguration = taskConfiguration
        self.reportMetadata = reportMetadata
        self.publicShare = publicShare
    }

    /// What all reports of a task begin with; a report's metadata and public share follow.
    package static func prefix(taskID: TaskID, taskConfiguration: TaskConfiguration) -> [UInt8] {
        taskID.encoded() + taskConfiguration.encoded()
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(taskID)
        writer.append(taskConfiguration)
        writer.append(reportMetadata)
        writer.append(opaque32: publicShare)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        taskID = try reader.read()
        taskConfiguration = try reader.read()
        reportMetadata = try reader.read()
        publicShare = try reader.readOpaque32()
    }
}
