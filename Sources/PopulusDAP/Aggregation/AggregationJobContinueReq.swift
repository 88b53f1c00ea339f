import PopulusWireCodec

/// Continues an aggregation job; reports that either aggregator rejected are left out.
///
/// ```
/// struct {
///   uint16 step;
///   VerifyContinue verify_continues[verify_continues_length];
/// } AggregationJobContinueReq;
/// ```
///
/// Spec: DAP §4.5.4.1
package struct AggregationJobContinueReq: Hashable, Sendable, WireCodable {
    package let step: UInt16
    package let verifyContinues: [VerifyContinue]

    package init(step: UInt16, verifyContinues: [VerifyContinue]) {
        self.step = step
        self.verifyContinues = verifyContinues
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u16: step)
        writer.append(verifyContinues)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        step = try reader.readU16()
        verifyContinues = try reader.readAll()
    }
}
