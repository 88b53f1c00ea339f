import PopulusWireCodec

/// Names a walk and its step: the data of the walk's aggregation-job and collection-job extensions.
///
/// ```
/// struct {
///   WalkID walk_id;                    // opaque[16]
///   uint16 step;                       // counted from 0
/// } WalkJobExtension;
/// ```
///
/// Spec: <doc:WalkExtension>
package struct WalkJobExtension: Hashable, Sendable, WireCodable {
    package let walkID: WalkID
    package let step: UInt16

    package init(walkID: WalkID, step: UInt16) {
        self.walkID = walkID
        self.step = step
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(walkID)
        writer.append(u16: step)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        walkID = try reader.read()
        step = try reader.readU16()
    }
}

extension CollectionJobReq {
    /// The walk and step that the request names, if it does.
    package func walkExtension(_ codePoints: WalkCodePoints = .provisional) throws(WireError) -> WalkJobExtension? {
        guard let data = extensions.data(ofType: codePoints.collectionJob) else { return nil }
        return try WalkJobExtension(decoding: data)
    }
}

extension AggregationJobInitReq {
    /// The walk and step that the request names, if it does.
    package func walkExtension(_ codePoints: WalkCodePoints = .provisional) throws(WireError) -> WalkJobExtension? {
        guard let data = extensions.data(ofType: codePoints.aggregationJob) else { return nil }
        return try WalkJobExtension(decoding: data)
    }

    /// The batch that the job's reports go to, in the leader-selected batch mode.
    ///
    /// Spec: DAP §5.2.2
    package func leaderSelectedBatchID() throws(WireError) -> BatchID? {
        guard let data = extensions.data(ofType: AggregationJobExtension.leaderSelectedBatchIDType) else { return nil }
        return try BatchID(decoding: data)
    }
}
