import PopulusWireCodec

/// The Leader's way of naming a batch.
///
/// ```
/// struct {
///   BatchMode batch_mode;
///   opaque config<0..2^16-1>;
/// } BatchSelector;
///
/// struct { Interval batch_interval; } TimeIntervalBatchSelectorConfig;
/// struct { BatchID batch_id; } LeaderSelectedBatchSelectorConfig;
/// ```
///
/// Spec: DAP §4.6.4, §5.1.2, §5.2.3
package enum BatchSelector: Hashable, Sendable, WireCodable {
    case timeInterval(Interval)
    case leaderSelected(BatchID)

    package var batchMode: BatchMode {
        switch self {
        case .timeInterval: .timeInterval
        case .leaderSelected: .leaderSelected
        }
    }

    /// Whether the selector names a batch that the query allows: the same mode, and an interval within the query's.
    ///
    /// Spec: DAP §5.1.2
    package func isConsistent(with query: Query) -> Bool {
        switch (self, query) {
        case (.timeInterval(let selected), .timeInterval(let queried)): queried.contains(selected)
        case (.leaderSelected, .leaderSelected): true
        default: false
        }
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(batchMode)
        switch self {
        case .timeInterval(let interval): writer.append(opaque16: interval.encoded())
        case .leaderSelected(let batchID): writer.append(opaque16: batchID.encoded())
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        let mode: BatchMode = try reader.read()
        let config = try reader.readOpaque16()
        switch mode {
        case .timeInterval: self = .timeInterval(try Interval(decoding: config))
        case .leaderSelected: self = .leaderSelected(try BatchID(decoding: config))
        }
    }
}
