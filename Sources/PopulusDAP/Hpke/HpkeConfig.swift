import PopulusWireCodec

/// One public key of a receiver, with its algorithms.
///
/// ```
/// struct {
///   HpkeConfigId id;                   // uint8
///   HpkeKemId kem_id;                  // uint16
///   HpkeKdfId kdf_id;                  // uint16
///   HpkeAeadId aead_id;                // uint16
///   HpkePublicKey public_key;          // opaque<1..2^16-1>
/// } HpkeConfig;
/// ```
///
/// Spec: DAP §4.4.1
package struct HpkeConfig: Hashable, Sendable, WireCodable {
    package let id: UInt8
    package let kemID: UInt16
    package let kdfID: UInt16
    package let aeadID: UInt16
    package let publicKey: [UInt8]

    package init(id: UInt8, kemID: UInt16, kdfID: UInt16, aeadID: UInt16, publicKey: [UInt8]) {
        self.id = id
        self.kemID = kemID
        self.kdfID = kdfID
        self.aeadID = aeadID
        self.publicKey = publicKey
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u8: id)
        writer.append(u16: kemID)
        writer.append(u16: kdfID)
        writer.append(u16: aeadID)
        writer.append(opaque16: publicKey)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        id = try reader.readU8()
        kemID = try reader.readU16()
        kdfID = try reader.readU16()
        aeadID = try reader.readU16()
        publicKey = try reader.readOpaque16(minimum: 1)
    }
}
