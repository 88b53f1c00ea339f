import WireCodec

/// Which VDAF a task uses, with its parameters.
///
/// ```
/// VdafType vdaf_type;                  // uint32
/// opaque vdaf_configuration<0..2^16-1>;
///
/// struct {} Empty;                                                                       // Prio3Count
/// struct { uint64 max_measurement; } Prio3SumConfig;
/// struct { uint32 length; uint64 max_measurement; uint32 chunk_length; } Prio3SumVecConfig;
/// struct { uint32 length; uint32 chunk_length; } Prio3HistogramConfig;
/// struct { uint32 length; uint32 chunk_length; uint64 max_weight; } Prio3MultihotCountVecConfig;
/// struct { uint16 bits; } Poplar1Config;
/// ```
///
/// Spec: DAP §4.2, appendix "VDAF Configuration Encodings"; VDAF §10 (identifiers)
package enum VdafConfiguration: Hashable, Sendable, WireCodable {
    /// How many measurements are true.
    case prio3Count

    /// The sum of integers from 0 to `maxMeasurement`.
    case prio3Sum(maxMeasurement: UInt64)

    /// The sum of vectors of `length` integers from 0 to `maxMeasurement`.
    case prio3SumVec(length: UInt32, maxMeasurement: UInt64, chunkLength: UInt32)

    /// How many measurements fall into each of `length` buckets.
    case prio3Histogram(length: UInt32, chunkLength: UInt32)

    /// For each of `length` entries, how many measurements have it set; each has at most `maxWeight` set.
    case prio3MultihotCountVec(length: UInt32, chunkLength: UInt32, maxWeight: UInt64)

    /// Poplar1 for strings of `bits` bits, at least one.
    case poplar1(bits: UInt16)

    /// The VDAF's identifier.
    package var type: UInt32 {
        switch self {
        case .prio3Count: 0x0000_0001
        case .prio3Sum: 0x0000_0002
        case .prio3SumVec: 0x0000_0003
        case .prio3Histogram: 0x0000_0004
        case .prio3MultihotCountVec: 0x0000_0005
        case .poplar1: 0x0000_0006
        }
    }

    /// The length of Poplar1's strings in bits, `nil` for the others.
    package var poplar1Bits: Int? {
        guard case .poplar1(let bits) = self else { return nil }
        return Int(bits)
    }

    package func encode(into writer: inout WireWriter) {
        var configuration = WireWriter(capacity: 16)
        switch self {
        case .prio3Count: break
        case .prio3Sum(let maxMeasurement):
            configuration.append(u64: maxMeasurement)
        case .prio3SumVec(let length, let maxMeasurement, let chunkLength):
            configuration.append(u32: length)
            configuration.append(u64: maxMeasurement)
            configuration.append(u32: chunkLength)
        case .prio3Histogram(let length, let chunkLength):
            configuration.append(u32: length)
            configuration.append(u32: chunkLength)
        case .prio3MultihotCountVec(let length, let chunkLength, let maxWeight):
            configuration.append(u32: length)
            configuration.append(u32: chunkLength)
            configuration.append(u64: maxWeight)
        case .poplar1(let bits):
            configuration.append(u16: bits)
        }
        writer.append(u32: type)
        writer.append(opaque16: configuration.bytes)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        let type = try reader.readU32()
        var configuration = WireReader(try reader.readOpaque16())
        switch type {
        case 0x0000_0001:
            self = .prio3Count
        case 0x0000_0002:
            self = .prio3Sum(maxMeasurement: try configuration.readU64())
        case 0x0000_0003:
            let length = try configuration.readU32()
            let maxMeasurement = try configuration.readU64()
            let chunkLength = try configuration.readU32()
            self = .prio3SumVec(length: length, maxMeasurement: maxMeasurement, chunkLength: chunkLength)
        case 0x0000_0004:
            let length = try configuration.readU32()
            let chunkLength = try configuration.readU32()
            self = .prio3Histogram(length: length, chunkLength: chunkLength)
        case 0x0000_0005:
            let length = try configuration.readU32()
            let chunkLength = try configuration.readU32()
            let maxWeight = try configuration.readU64()
            self = .prio3MultihotCountVec(length: length, chunkLength: chunkLength, maxWeight: maxWeight)
        case 0x0000_0006:
            self = .poplar1(bits: try configuration.readU16())
        default:
            throw .badValue("vdaf_type")
        }
        try configuration.finish()
        try check()
    }

    /// Checks that the parameters define a VDAF.
    ///
    /// Spec: DAP appendix "VDAF Configuration Encodings"; VDAF §7.4
    ///
    /// - Throws: `badValue`, naming the parameter.
    package func check() throws(WireError) {
        switch self {
        case .prio3Count: break
        case .prio3Sum(let maxMeasurement):
            // The sum is taken in Field64, whose modulus is 2^64 - 2^32 + 1.
            guard maxMeasurement > 0, maxMeasurement < 0xFFFF_FFFF_0000_0001 else {
                throw .badValue("Prio3SumConfig.max_measurement")
            }
        case .prio3SumVec(let length, let maxMeasurement, let chunkLength):
            guard length > 0 else { throw .badValue("Prio3SumVecConfig.length") }
            guard maxMeasurement > 0 else { throw .badValue("Prio3SumVecConfig.max_measurement") }
            guard chunkLength > 0 else { throw .badValue("Prio3SumVecConfig.chunk_length") }
        case .prio3Histogram(let length, let chunkLength):
            guard length > 0 else { throw .badValue("Prio3HistogramConfig.length") }
            guard chunkLength > 0 else { throw .badValue("Prio3HistogramConfig.chunk_length") }
        case .prio3MultihotCountVec(let length, let chunkLength, let maxWeight):
            guard length > 0 else { throw .badValue("Prio3MultihotCountVecConfig.length") }
            guard chunkLength > 0 else { throw .badValue("Prio3MultihotCountVecConfig.chunk_length") }
            guard maxWeight > 0, maxWeight <= length else {
                throw .badValue("Prio3MultihotCountVecConfig.max_weight")
            }
        case .poplar1(let bits):
            guard bits > 0 else { throw .badValue("Poplar1Config.bits") }
        }
    }
}
