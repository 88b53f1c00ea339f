import PopulusWireCodec

/// An `AggregationJobInitReq` of which only the head was copied: a request is as large as all of its reports.
package struct InitRequestSlices: Sendable {
    /// The request without its reports.
    package let head: AggregationJobInitReq
    package let verifyInits: [VerifyInitSlices]

    /// - Throws: where `AggregationJobInitReq` would.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        head = AggregationJobInitReq(
            verificationKeyID: try reader.readU8(), aggregationParameter: try reader.readOpaque32(),
            extensions: try reader.readList16(), verifyInits: [])
        var verifyInits: [VerifyInitSlices] = []
        while !reader.isAtEnd { verifyInits.append(try VerifyInitSlices(from: &reader)) }
        self.verifyInits = verifyInits
    }
}

/// A `VerifyInit` whose large parts were not copied.
///
/// Spec: DAP §4.5.3.1
package struct VerifyInitSlices: Sendable {
    package let reportShare: ReportShareSlices
    package let payload: ArraySlice<UInt8>

    init(from reader: inout WireReader) throws(WireError) {
        reportShare = try ReportShareSlices(from: &reader)
        payload = try reader.readSlice32(minimum: 1)
    }
}
