import PopulusWireCodec

/// Asks the Leader for the aggregate of a batch.
///
/// ```
/// struct {
///   Query query;
///   opaque agg_param<0..2^32-1>;
///   CollectionJobExtension extensions<0..2^16-1>;
/// } CollectionJobReq;
/// ```
///
/// Spec: DAP §4.6.1
package struct CollectionJobReq: Hashable, Sendable, WireCodable {
    package let query: Query
    package let aggregationParameter: [UInt8]
    package let extensions: [CollectionJobExtension]

    package init(query: Query, aggregationParameter: [UInt8], extensions: [CollectionJobExtension] = []) {
        self.query = query
        self.aggregationParameter = aggregationParameter
        self.extensions = extensions
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(query)
        writer.append(opaque32: aggregationParameter)
        writer.append(list16: extensions)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        query = try reader.read()
        aggregationParameter = try reader.readOpaque32()
        extensions = try reader.readList16()
    }
}
