import PopulusWireCodec

/// A task that a request brings with it: a `TaskConfiguration` in the field DAP-Taskprov.
///
/// The bytes are kept as they came, since the task's ID is a digest of them. A configuration whose batch mode, VDAF or
/// parameters are unknown here is one all the same: its task is refused, and the field is not.
///
/// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3.2
package struct TaskAdvertisement: Hashable, Sendable {
    /// The name of the field.
    package static let fieldName = "DAP-Taskprov"

    /// The encoded `TaskConfiguration`.
    package let bytes: [UInt8]

    /// The ID of the task.
    package let taskID: TaskID

    /// What the bytes say; nothing where this program has not what the task needs.
    package let configuration: TaskConfiguration?

    package init(_ configuration: TaskConfiguration) {
        (bytes, taskID, self.configuration) = (configuration.encoded(), configuration.advertisedTaskID, configuration)
    }

    /// The task that a field's value brings.
    ///
    /// - Returns: nothing for a value that is to be ignored: no Byte Sequence, or no `TaskConfiguration`.
    package init?(fieldValue: String) {
        guard let bytes = ByteSequenceItem.bytes(of: fieldValue), Self.isConfiguration(bytes) else { return nil }
        (self.bytes, taskID) = (bytes, TaskID(ofAdvertised: bytes))
        // Whatever it is that is not known: the task is none for this program.
        configuration = try? TaskConfiguration(decoding: bytes)
    }

    /// The field's value.
    package var fieldValue: String { ByteSequenceItem.text(of: bytes) }

    /// Whether bytes have the form of a configuration, of whatever batch mode and VDAF.
    ///
    /// Spec: DAP §4.2
    private static func isConfiguration(_ bytes: [UInt8]) -> Bool {
        var reader = WireReader(bytes)
        do throws(WireError) {
            _ = try reader.readOpaque8(minimum: SpecVersion.current.leastTaskInfo)
            for _ in 0..<2 { _ = try reader.readOpaque16(minimum: 1) }
            // time_precision, min_batch_size, batch_mode
            _ = try reader.readBytes(8 + 8 + 1)
            _ = try reader.readOpaque16()
            _ = try reader.readU32()
            _ = try reader.readOpaque16()
            let extensions: [TaskExtension] = try reader.readList16()
            try reader.finish()
            return extensions.isStrictlyIncreasing
        } catch {
            // Where it went wrong nobody asks: the field is ignored.
            return false
        }
    }
}

extension TaskAdvertisement {
    /// What goes with every request about a task: the field where the task's ID says that requests bring the task.
    ///
    /// An ID that was drawn is the digest of no configuration.
    package static func fields(for task: TaskID, _ configuration: TaskConfiguration) -> [String: String] {
        guard configuration.advertisedTaskID == task else { return [:] }
        return [fieldName: TaskAdvertisement(configuration).fieldValue]
    }
}
