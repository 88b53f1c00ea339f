import PopulusWireCodec

/// An extension of a task, a report, an aggregation job or a collection job.
///
/// The four are alike on the wire and different types here, told apart by `Registry`.
///
/// ```
/// struct {
///   ExtensionType extension_type;      // uint16
///   opaque extension_data<0..2^16-1>;
/// } Extension;
/// ```
///
/// Spec: DAP §4.2.2, §4.4.3, §4.5.1, §4.6.2
package struct ExtensionEntry<Registry>: Hashable, Sendable, WireCodable {
    package let type: UInt16
    package let data: [UInt8]

    /// - Precondition: `data` is at most 65,535 bytes long.
    package init(type: UInt16, data: [UInt8]) {
        self.type = type
        self.data = data
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u16: type)
        writer.append(opaque16: data)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        type = try reader.readU16()
        data = try reader.readOpaque16()
    }
}

package enum TaskExtensionRegistry {}
package enum ReportExtensionRegistry {}
package enum AggregationJobExtensionRegistry {}
package enum CollectionJobExtensionRegistry {}

/// An extension of a task.
///
/// Spec: DAP §4.2.2
package typealias TaskExtension = ExtensionEntry<TaskExtensionRegistry>

/// An extension of a report.
///
/// Spec: DAP §4.4.3
package typealias ReportExtension = ExtensionEntry<ReportExtensionRegistry>

/// An extension of an aggregation job.
///
/// Spec: DAP §4.5.1
package typealias AggregationJobExtension = ExtensionEntry<AggregationJobExtensionRegistry>

/// An extension of a collection job.
///
/// Spec: DAP §4.6.2
package typealias CollectionJobExtension = ExtensionEntry<CollectionJobExtensionRegistry>

extension ExtensionEntry where Registry == TaskExtensionRegistry {
    /// The code point of `task_interval`.
    package static var taskIntervalType: UInt16 { 1 }

    /// Bounds the times of a task's reports.
    ///
    /// Spec: DAP §4.2.3
    package static func taskInterval(_ interval: Interval) -> TaskExtension {
        TaskExtension(type: taskIntervalType, data: interval.encoded())
    }
}

extension ExtensionEntry where Registry == AggregationJobExtensionRegistry {
    /// The code point of `leader_selected_batch_id`.
    package static var leaderSelectedBatchIDType: UInt16 { 1 }

    /// Names the batch of an aggregation job's reports.
    ///
    /// Spec: DAP §5.2.2
    package static func leaderSelectedBatchID(_ id: BatchID) -> AggregationJobExtension {
        AggregationJobExtension(type: leaderSelectedBatchIDType, data: id.bytes)
    }
}

/// What all four kinds have in common, so that lists of them can be checked alike.
package protocol ExtensionProtocol {
    var type: UInt16 { get }
    var data: [UInt8] { get }
}

extension ExtensionEntry: ExtensionProtocol {}

extension Sequence where Element: ExtensionProtocol {
    /// Whether each type is above the one before it, as DAP demands of every list; this also rules out duplicates.
    package var isStrictlyIncreasing: Bool {
        var previous: UInt16?
        for element in self {
            if let previous, element.type <= previous { return false }
            previous = element.type
        }
        return true
    }

    /// The data of the first extension of a type.
    package func data(ofType type: UInt16) -> [UInt8]? {
        first { $0.type == type }?.data
    }

    /// The types that are not in `known`, in order: the problem document's `unsupported_extensions`.
    package func types(notIn known: Set<UInt16>) -> [UInt16] {
        map(\.type).filter { !known.contains($0) }
    }
}
