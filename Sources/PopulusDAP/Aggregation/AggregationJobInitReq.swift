import PopulusWireCodec

/// Starts an aggregation job.
///
/// ```
/// struct {
///   uint8 verification_key_id;
///   opaque agg_param<0..2^32-1>;
///   AggregationJobExtension extensions<0..2^16-1>;
///   VerifyInit verify_inits[verify_inits_length];
/// } AggregationJobInitReq;
/// ```
///
/// Spec: DAP §4.5.3.1
package struct AggregationJobInitReq: Hashable, Sendable, WireCodable {
    package let verificationKeyID: UInt8
    package let aggregationParameter: [UInt8]
    package let extensions: [AggregationJobExtension]
    package let verifyInits: [VerifyInit]

    package init(
        verificationKeyID: UInt8, aggregationParameter: [UInt8], extensions: [AggregationJobExtension],
        verifyInits: [VerifyInit]
    ) {
        self.verificationKeyID = verificationKeyID
        self.aggregationParameter = aggregationParameter
        self.extensions = extensions
        self.verifyInits = verifyInits
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u8: verificationKeyID)
        writer.append(opaque32: aggregationParameter)
        writer.append(list16: extensions)
        writer.append(verifyInits)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        verificationKeyID = try reader.readU8()
        aggregationParameter = try reader.readOpaque32()
        extensions = try reader.readList16()
        verifyInits = try reader.readAll()
    }
}
