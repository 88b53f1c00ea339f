import PopulusWireCodec
import Testing

/// A structure with the bytes that it must have on the wire.
struct WireSample: Sendable, CustomTestStringConvertible {
    let name: String
    let expected: [UInt8]
    let encode: @Sendable () -> [UInt8]
    let encodedLength: @Sendable () -> Int

    /// Whether bytes decode to the sample's value.
    let matches: @Sendable ([UInt8]) throws -> Bool

    /// Decodes bytes and encodes the result.
    let recode: @Sendable ([UInt8]) throws -> [UInt8]

    init<T: WireCodable & Equatable & Sendable>(_ value: T, _ commentedHex: String) {
        name = String(describing: T.self)
        expected = hex(commentedHex)
        encode = { value.encoded() }
        encodedLength = { value.encodedLength }
        matches = { try T(decoding: $0) == value }
        recode = { try T(decoding: $0).encoded() }
    }

    var testDescription: String { name }
}
