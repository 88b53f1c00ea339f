import PopulusWireCodec

/// What an aggregate share's encryption is bound to.
///
/// ```
/// struct {
///   TaskID task_id;
///   TaskConfiguration task_configuration;
///   CollectionJobReq collection_job_req;
/// } AggregateShareAad;
/// ```
///
/// Spec: DAP §4.6.7
package struct AggregateShareAad: Hashable, Sendable, WireCodable {
    package let taskID: TaskID
    package let taskConfiguration: TaskConfiguration
    package let collectionJobReq: CollectionJobReq

    package init(taskID: TaskID, taskConfiguration: TaskConfiguration, collectionJobReq: CollectionJobReq) {
        self.taskID = taskID
        self.taskConfiguration = taskConfiguration
        self.collectionJobReq = collectionJobReq
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(taskID)
        writer.append(taskConfiguration)
        writer.append(collectionJobReq)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        taskID = try reader.read()
        taskConfiguration = try reader.read()
        collectionJobReq = try reader.read()
    }
}
