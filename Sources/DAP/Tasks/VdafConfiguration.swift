import WireCodec

/// Which VDAF a task uses, with its parameters.
///
/// ```
/// VdafType vdaf_type;                  // uint32
/// opaque vdaf_configuration<0..2^16-1>;
///
/// struct { uint16 bits; } Poplar1Config;
/// ```
///
/// Spec: DAP §4.2, appendix "VDAF Configuration Encodings"; VDAF §10 (identifiers)
package enum VdafConfiguration: Hashable, Sendable, WireCodable {
    /// Poplar1 for strings of `bits` bits, at least one.
    case poplar1(bits: UInt16)

    /// The VDAF's identifier.
    package var type: UInt32 {
        switch self {
        case .poplar1: 0x0000_0006
        }
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u32: type)
        switch self {
        case .poplar1(let bits):
            var configuration = WireWriter(capacity: 2)
            configuration.append(u16: bits)
            writer.append(opaque16: configuration.bytes)
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        let type = try reader.readU32()
        var configuration = WireReader(try reader.readOpaque16())
        switch type {
        case 0x0000_0006:
            let bits = try configuration.readU16()
            guard bits > 0 else { throw .badValue("Poplar1Config.bits") }
            self = .poplar1(bits: bits)
        default:
            throw .badValue("vdaf_type")
        }
        try configuration.finish()
    }
}
