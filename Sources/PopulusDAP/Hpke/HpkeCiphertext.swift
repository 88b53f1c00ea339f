import PopulusWireCodec

/// A message under HPKE whose bytes lie in a larger message: an `HpkeCiphertext` that was not copied.
package struct HpkeCiphertextSlice: Sendable {
    package let configID: UInt8
    package let enc: ArraySlice<UInt8>
    package let payload: ArraySlice<UInt8>

    package init(_ ciphertext: HpkeCiphertext) {
        configID = ciphertext.configID
        enc = ciphertext.enc[...]
        payload = ciphertext.payload[...]
    }

    package init(from reader: inout WireReader) throws(WireError) {
        configID = try reader.readU8()
        enc = try reader.readSlice16(minimum: 1)
        payload = try reader.readSlice32(minimum: 1)
    }
}

/// A message under HPKE and what is needed to open it.
///
/// ```
/// struct {
///   HpkeConfigId config_id;            // uint8
///   opaque enc<1..2^16-1>;
///   opaque payload<1..2^32-1>;
/// } HpkeCiphertext;
/// ```
///
/// Spec: DAP §4.1
package struct HpkeCiphertext: Hashable, Sendable, WireCodable {
    package let configID: UInt8
    package let enc: [UInt8]
    package let payload: [UInt8]

    package init(configID: UInt8, enc: [UInt8], payload: [UInt8]) {
        self.configID = configID
        self.enc = enc
        self.payload = payload
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u8: configID)
        writer.append(opaque16: enc)
        writer.append(opaque32: payload)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        configID = try reader.readU8()
        enc = try reader.readOpaque16(minimum: 1)
        payload = try reader.readOpaque32(minimum: 1)
    }
}
