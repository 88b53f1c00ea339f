import PopulusSchemes
import PopulusWireCodec

/// What all parties of a task agree on; it enters the associated data of every encryption.
///
/// ```
/// struct {
///   opaque task_info<1..2^8-1>;        // the least length is SpecVersion's
///   Url leader_aggregator_endpoint;    // opaque Url<1..2^16-1>
///   Url helper_aggregator_endpoint;
///   TimePrecision time_precision;
///   uint64 min_batch_size;
///   BatchMode batch_mode;
///   opaque batch_config<0..2^16-1>;
///   VdafType vdaf_type;                // uint32
///   opaque vdaf_configuration<0..2^16-1>;
///   TaskExtension extensions<0..2^16-1>;
/// } TaskConfiguration;
/// ```
///
/// Spec: DAP §4.2
package struct TaskConfiguration: Hashable, Sendable, WireCodable {
    package let taskInfo: [UInt8]

    /// The Leader's base URL, in the very bytes that the parties agreed on.
    package let leaderEndpoint: [UInt8]

    /// The Helper's base URL, in the very bytes that the parties agreed on.
    package let helperEndpoint: [UInt8]

    package let timePrecision: TimePrecision
    package let minBatchSize: UInt64
    package let batchMode: BatchMode
    package let vdaf: VdafConfiguration
    package let extensions: [TaskExtension]

    /// - Parameter version: the draft that the task follows.
    /// - Throws: `badValue` where a field is longer or shorter than its definition allows, the time precision is
    ///   zero, the VDAF's parameters define none, or the extensions are out of order or do not decode.
    package init(
        taskInfo: [UInt8], leaderEndpoint: [UInt8], helperEndpoint: [UInt8], timePrecision: TimePrecision,
        minBatchSize: UInt64, batchMode: BatchMode, vdaf: VdafConfiguration, extensions: [TaskExtension],
        version: SpecVersion = .current
    ) throws(WireError) {
        guard (version.leastTaskInfo...0xFF).contains(taskInfo.count) else { throw .badValue("task_info") }
        guard (1...0xFFFF).contains(leaderEndpoint.count) else { throw .badValue("leader_aggregator_endpoint") }
        guard (1...0xFFFF).contains(helperEndpoint.count) else { throw .badValue("helper_aggregator_endpoint") }
        guard timePrecision.seconds > 0 else { throw .badValue("time_precision") }
        try vdaf.check()
        guard extensions.isStrictlyIncreasing else { throw .badValue("extensions: order") }
        if let data = extensions.data(ofType: TaskExtension.taskIntervalType) {
            // Which of its numbers is wrong is the same to whoever made it.
            guard (try? Interval(decoding: data)) != nil else { throw .badValue("task_interval") }
        }
        guard extensions.reduce(0, { $0 + 4 + $1.data.count }) <= 0xFFFF else { throw .badValue("extensions: length") }
        self.taskInfo = taskInfo
        self.leaderEndpoint = leaderEndpoint
        self.helperEndpoint = helperEndpoint
        self.timePrecision = timePrecision
        self.minBatchSize = minBatchSize
        self.batchMode = batchMode
        self.vdaf = vdaf
        self.extensions = extensions
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(opaque8: taskInfo)
        writer.append(opaque16: leaderEndpoint)
        writer.append(opaque16: helperEndpoint)
        writer.append(timePrecision)
        writer.append(u64: minBatchSize)
        writer.append(batchMode)
        writer.append(opaque16: [])
        writer.append(vdaf)
        writer.append(list16: extensions)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        try self.init(from: &reader, version: .current)
    }

    /// Reads a configuration of a task that follows some draft.
    package init(from reader: inout WireReader, version: SpecVersion) throws(WireError) {
        let taskInfo = try reader.readOpaque8(minimum: version.leastTaskInfo)
        let leaderEndpoint = try reader.readOpaque16(minimum: 1)
        let helperEndpoint = try reader.readOpaque16(minimum: 1)
        let timePrecision: TimePrecision = try reader.read()
        let minBatchSize = try reader.readU64()
        let batchMode: BatchMode = try reader.read()
        // Both batch modes of the draft have an empty configuration.
        guard try reader.readOpaque16().isEmpty else { throw .badValue("batch_config") }
        try self.init(
            taskInfo: taskInfo, leaderEndpoint: leaderEndpoint, helperEndpoint: helperEndpoint,
            timePrecision: timePrecision, minBatchSize: minBatchSize, batchMode: batchMode,
            vdaf: try reader.read(), extensions: try reader.readList16(),
            version: version)
    }
}

extension TaskConfiguration {
    /// The bounds of the task's reports in time, if the task has the `task_interval` extension.
    ///
    /// Spec: DAP §4.2.3
    package var taskInterval: Interval? {
        get throws(WireError) {
            guard let data = extensions.data(ofType: TaskExtension.taskIntervalType) else { return nil }
            return try Interval(decoding: data)
        }
    }

    /// The extension types that a participant may not ignore and that this implementation does not know.
    package func unsupportedExtensions(walk codePoints: WalkCodePoints) -> [UInt16] {
        extensions.types(notIn: [TaskExtension.taskIntervalType, codePoints.task, codePoints.noise])
    }
}
