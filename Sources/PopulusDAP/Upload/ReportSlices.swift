import PopulusWireCodec

/// A report's metadata and public share as their bytes lie in a larger message, not copied.
///
/// `Report`, `ReportShare` and `InputShareAad` have them in the same form, so what is in one goes into another as it is.
///
/// Spec: DAP §4.4.2, §4.4.2.1, §4.5.3.1
package struct ReportHead: Sendable {
    package let metadata: ReportMetadata
    package let publicShare: ArraySlice<UInt8>
    /// The encoding of both.
    package let bytes: ArraySlice<UInt8>

    package init(from reader: inout WireReader) throws(WireError) {
        let start = reader.position
        metadata = try reader.read()
        publicShare = try reader.readSlice32()
        bytes = reader.slice(since: start)
    }
}

/// An upload as its bytes lie: what `Report` is, not copied.
package struct ReportSlices: Sendable {
    package let head: ReportHead
    package let leaderShare: HpkeCiphertextSlice
    /// The encoding of the Helper's `HpkeCiphertext`.
    package let helperShareBytes: ArraySlice<UInt8>

    /// - Throws: where `Report` would.
    package init(decoding bytes: [UInt8]) throws(WireError) { try self.init(decoding: bytes[...]) }

    /// - Throws: where `Report` would.
    package init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        head = try ReportHead(from: &reader)
        leaderShare = try HpkeCiphertextSlice(from: &reader)
        let start = reader.position
        _ = try HpkeCiphertextSlice(from: &reader)
        helperShareBytes = reader.slice(since: start)
        try reader.finish()
    }
}

/// A `PlaintextInputShare` whose VDAF share was not copied.
package struct PlaintextInputShareSlice: Sendable {
    package let privateExtensions: [ReportExtension]
    package let payload: ArraySlice<UInt8>

    /// - Throws: where `PlaintextInputShare` would.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = WireReader(bytes)
        privateExtensions = try reader.readList16()
        payload = try reader.readSlice32(minimum: 1)
        try reader.finish()
    }
}
