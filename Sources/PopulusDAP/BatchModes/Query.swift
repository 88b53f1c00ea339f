import PopulusWireCodec

/// The Collector's way of naming a batch.
///
/// ```
/// struct {
///   BatchMode batch_mode;
///   opaque config<0..2^16-1>;
/// } Query;
///
/// struct { Interval batch_interval; } TimeIntervalQueryConfig;      // leader_selected: empty
/// ```
///
/// Spec: DAP §4.6.1, §5.1.1, §5.2.1
package enum Query: Hashable, Sendable, WireCodable {
    case timeInterval(Interval)
    case leaderSelected

    package var batchMode: BatchMode {
        switch self {
        case .timeInterval: .timeInterval
        case .leaderSelected: .leaderSelected
        }
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(batchMode)
        switch self {
        case .timeInterval(let interval): writer.append(opaque16: interval.encoded())
        case .leaderSelected: writer.append(opaque16: [])
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        let mode: BatchMode = try reader.read()
        let config = try reader.readOpaque16()
        switch mode {
        case .timeInterval:
            self = .timeInterval(try Interval(decoding: config))
        case .leaderSelected:
            guard config.isEmpty else { throw .trailing }
            self = .leaderSelected
        }
    }
}
