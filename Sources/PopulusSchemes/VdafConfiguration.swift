import PopulusVDAF
import PopulusWireCodec

/// Which VDAF a task uses, with its parameters: a row of ``Schemes`` with its numbers.
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
package struct VdafConfiguration: Hashable, Sendable, WireCodable {
    package let scheme: Scheme
    package let values: SchemeValues

    /// Not checked yet.
    package init(_ scheme: Scheme, _ values: SchemeValues = SchemeValues()) {
        self.scheme = scheme
        self.values = values
    }

    /// The VDAF's identifier.
    package var type: UInt32 { scheme.type }

    package func encode(into writer: inout WireWriter) {
        var configuration = WireWriter(capacity: 16)
        for parameter in scheme.parameters {
            let value = values[parameter.name]
            switch parameter.width {
            case .u16: configuration.append(u16: UInt16(clamping: value))
            case .u32: configuration.append(u32: UInt32(clamping: value))
            case .u64: configuration.append(u64: value)
            }
        }
        writer.append(u32: type)
        writer.append(opaque16: configuration.bytes)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        let type = try reader.readU32()
        var configuration = WireReader(try reader.readOpaque16())
        guard let scheme = Schemes.scheme(type: type) else { throw .badValue("vdaf_type") }
        var values = SchemeValues()
        for parameter in scheme.parameters {
            values[parameter.name] =
                switch parameter.width {
                case .u16: UInt64(try configuration.readU16())
                case .u32: UInt64(try configuration.readU32())
                case .u64: try configuration.readU64()
                }
        }
        self.init(scheme, values)
        try configuration.finish()
        try check()
    }

    /// Checks that the parameters define a VDAF.
    ///
    /// Spec: DAP appendix "VDAF Configuration Encodings"; VDAF §7.4
    ///
    /// - Throws: `badValue`, naming the parameter.
    package func check() throws(WireError) {
        for parameter in scheme.parameters {
            guard values[parameter.name] > 0, values[parameter.name] <= parameter.greatest(values) else {
                throw .badValue("\(scheme.title)Config.\(parameter.name.rawValue)")
            }
        }
    }

    /// The VDAF, ready to work on encoded values.
    ///
    /// - Throws: `.parameterOutOfRange` for parameters that define no VDAF, or one too large for this machine.
    package func makeVdaf() throws(VDAFError) -> any EncodedVdaf { try scheme.vdaf(values) }

    /// What a line of text says for one measurement.
    package var form: MeasurementForm { scheme.form(values) }

    /// How long the path of a string is; nothing where measurements are no strings.
    package var stringBits: Int? { if case .string(let bits) = form { bits } else { nil } }
}

extension VdafConfiguration: CustomStringConvertible {
    /// What people call the scheme.
    package var name: String { scheme.name }

    /// The name and the parameters, for people.
    package var description: String {
        let parameters = SchemeParameter.Name.allCases.filter { scheme.parameter($0) != nil }
        return ([name] + parameters.map { $0.words(values[$0]) }).joined(separator: ", ")
    }
}

extension SchemeParameter.Name {
    fileprivate func words(_ value: UInt64) -> String {
        switch self {
        case .bits: "\(value) bits"
        case .length: "length \(value)"
        case .maxMeasurement: "0 to \(value)"
        case .maxWeight: "at most \(value) set"
        case .chunkLength: "chunk length \(value)"
        }
    }
}
