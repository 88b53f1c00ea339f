import PopulusWireCodec

/// What a client encrypts to one aggregator.
///
/// ```
/// struct {
///   Extension private_extensions<0..2^16-1>;
///   opaque payload<1..2^32-1>;
/// } PlaintextInputShare;
/// ```
///
/// Spec: DAP §4.4.2.1
package struct PlaintextInputShare: Hashable, Sendable, WireCodable {
    package let privateExtensions: [ReportExtension]

    /// The VDAF's input share.
    package let payload: [UInt8]

    package init(privateExtensions: [ReportExtension] = [], payload: [UInt8]) {
        self.privateExtensions = privateExtensions
        self.payload = payload
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(list16: privateExtensions)
        writer.append(opaque32: payload)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        privateExtensions = try reader.readList16()
        payload = try reader.readOpaque32(minimum: 1)
    }
}
