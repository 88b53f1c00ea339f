import PopulusWireCodec

/// The reports that the aggregators rejected of a collection job's batch, or of its walk.
///
/// ```
/// struct {
///   RejectedReports rejected[message_length];  // by party, then reason; each pair once
/// } CollectionJobRejections;
/// ```
///
/// Spec: <doc:Rejections>
package struct CollectionJobRejections: Hashable, Sendable, WireCodable {
    /// In order; no pair of party and reason twice.
    package let rejected: [RejectedReports]

    /// - Parameter rejected: each pair of party and reason once, in any order.
    package init(_ rejected: [RejectedReports]) {
        self.rejected = rejected.sorted(by: RejectedReports.precedes)
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(rejected)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        let rejected = try reader.readAll(of: RejectedReports.self)
        for (one, next) in zip(rejected, rejected.dropFirst()) {
            guard RejectedReports.precedes(one, next) else { throw .badValue("order of rejections") }
        }
        self.rejected = rejected
    }
}
