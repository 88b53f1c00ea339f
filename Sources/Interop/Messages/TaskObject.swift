import PopulusDAP
import PopulusSchemes
import PopulusWireCodec

/// The members that say what a task is; three requests have them.
///
/// DAP-18 binds the whole task configuration into the associated data of every encryption, so that Client and Collector
/// need to know all of it. The draft gives them less: what is absent has a default.
package struct TaskObject: Decodable, Hashable, Sendable {
    package let taskID: TaskID
    package let leader: String
    package let helper: String?
    package let vdaf: VdafObject
    package let timePrecision: UInt64?
    package let minBatchSize: UInt64?
    private let batchMode: UInt8?
    private let queryType: UInt8?
    package let taskInfo: Blob?
    package let taskStart: UInt64?
    package let taskEnd: UInt64?
    package let walk: WalkObject?

    private enum CodingKeys: String, CodingKey {
        case taskID = "task_id"
        case leader, helper, vdaf, walk
        case timePrecision = "time_precision"
        case minBatchSize = "min_batch_size"
        case batchMode = "batch_mode"
        case queryType = "query_type"
        case taskInfo = "task_info"
        case taskStart = "task_start"
        case taskEnd = "task_end"
    }

    /// What a member is when neither it nor the Leader says otherwise.
    package enum Defaults {
        package static let taskInfo = Array("task-info".utf8)
        package static let timePrecision: UInt64 = 3600
        package static let minBatchSize: UInt64 = 1
        package static let batchMode = BatchMode.timeInterval
    }

    /// Whether the request lacks what the draft does not give to its sender.
    package var isIncomplete: Bool {
        helper == nil || timePrecision == nil || minBatchSize == nil || (batchMode ?? queryType) == nil
    }

    /// The task's configuration, with the defaults for what is absent.
    package func configuration() throws(InteropError) -> TaskConfiguration {
        guard let helper else { throw .refused("helper: the Helper's URL is part of DAP-18's task configuration") }
        let scheme = try vdaf.configuration()
        let precision = TimePrecision(seconds: timePrecision ?? Defaults.timePrecision)
        let smallest = minBatchSize ?? Defaults.minBatchSize
        let mode = try mode()
        let extensions = try extensions(scheme, precision: precision, minBatchSize: smallest)
        do throws(WireError) {
            return try TaskConfiguration(
                taskInfo: taskInfo?.bytes ?? Defaults.taskInfo, leaderEndpoint: Array(leader.utf8),
                helperEndpoint: Array(helper.utf8), timePrecision: precision, minBatchSize: smallest,
                batchMode: mode, vdaf: scheme, extensions: extensions)
        } catch {
            throw .refused("the task configuration cannot be encoded: \(error)")
        }
    }

    private func mode() throws(InteropError) -> BatchMode {
        guard let number = batchMode ?? queryType else { return Defaults.batchMode }
        guard let mode = BatchMode(rawValue: number) else {
            throw .refused("batch_mode (query_type) is 1 (time interval) or 2 (leader-selected)")
        }
        return mode
    }

    private func extensions(
        _ scheme: VdafConfiguration, precision: TimePrecision, minBatchSize: UInt64
    ) throws(InteropError) -> [TaskExtension] {
        var extensions: [TaskExtension] = []
        switch (taskStart, taskEnd) {
        case (nil, nil): break
        case (let start?, let end?):
            guard end > start else { throw .refused("task_end is after task_start") }
            let interval = try Interval(
                secondsFrom: start, lasting: end - start, precision: precision, name: "task_start, task_end")
            extensions.append(TaskExtension(type: TaskExtension.taskIntervalType, data: interval.encoded()))
        default: throw .refused("task_start and task_end come together")
        }
        if let walk {
            guard let bits = scheme.poplar1Bits else { throw .refused("walk: only Poplar1 tasks have walks") }
            extensions.append(
                try walk.taskExtension(bits: UInt16(clamping: bits), minBatchSize: minBatchSize, precision: precision))
        }
        return extensions
    }
}
