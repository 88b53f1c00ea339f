import PopulusWireCodec

/// A `ReportShare` as its bytes lie in a larger message, not copied.
///
/// Spec: DAP §4.5.3.1
package struct ReportShareSlices: Sendable {
    package let head: ReportHead
    package let encryptedInputShare: HpkeCiphertextSlice
    /// The encoding of both.
    package let bytes: ArraySlice<UInt8>

    /// - Throws: where `ReportShare` would.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        try self.init(from: &reader)
        try reader.finish()
    }

    init(from reader: inout WireReader) throws(WireError) {
        let start = reader.position
        head = try ReportHead(from: &reader)
        encryptedInputShare = try HpkeCiphertextSlice(from: &reader)
        bytes = reader.slice(since: start)
    }
}
