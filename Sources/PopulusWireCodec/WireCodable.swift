/// A structure with an encoding in the TLS presentation language.
///
/// Spec: RFC 8446 §3
package protocol WireCodable {
    /// Appends the encoding to `writer`.
    func encode(into writer: inout WireWriter)

    /// Reads the structure from the front of `reader`, leaving what follows it.
    init(from reader: inout WireReader) throws(WireError)
}

extension WireCodable {
    /// The encoding, in a buffer of exactly its length.
    package func encoded() -> [UInt8] {
        var writer = WireWriter(capacity: encodedLength)
        encode(into: &writer)
        return writer.bytes
    }

    /// The encoding's length in bytes, found by a dry run of `encode(into:)`, so that it cannot differ from it.
    package var encodedLength: Int {
        var writer = WireWriter.measuring()
        encode(into: &writer)
        return writer.count
    }

    /// Decodes `bytes`, all of which the structure must take up.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        try self.init(decoding: bytes[...])
    }

    /// Decodes `bytes`, all of which the structure must take up.
    package init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(bytes)
        try self.init(from: &reader)
        try reader.finish()
    }
}
