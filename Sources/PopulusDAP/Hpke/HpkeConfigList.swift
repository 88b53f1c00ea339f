import PopulusWireCodec

/// A receiver's public keys in decreasing order of preference.
///
/// `HpkeConfig HpkeConfigList<10..2^16-1>;`
///
/// Spec: DAP §4.4.1
package struct HpkeConfigList: Hashable, Sendable, WireCodable {
    package let configs: [HpkeConfig]

    package init(configs: [HpkeConfig]) {
        self.configs = configs
    }

    /// The receiver's most preferred configuration whose algorithms this implementation has.
    package var firstSupported: HpkeConfig? {
        configs.first { $0.isSupported }
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(list16: configs)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        configs = try reader.readList16(minimum: 10)
        guard Set(configs.map(\.id)).count == configs.count else { throw .badValue("HpkeConfigList: repeated id") }
    }
}
