import Foundation

/// A structured field whose value is one Byte Sequence, such as `:AAEC:`.
///
/// Spec: RFC 9651 §3.3.5, §4.1.8, §4.2
package enum ByteSequenceItem {
    package static func text(of bytes: [UInt8]) -> String { ":" + Data(bytes).base64EncodedString() + ":" }

    /// The bytes of a field's value; parameters are read over.
    ///
    /// - Returns: nothing for what is no item of this kind, in whatever way.
    package static func bytes(of value: String) -> [UInt8]? {
        var rest = ArraySlice(Array(value.utf8))
        rest = rest.drop { $0 == space }
        guard let bytes = byteSequence(&rest), StructuredParameters.skip(&rest) else { return nil }
        return rest.allSatisfy { $0 == space } ? bytes : nil
    }

    private static let space = UInt8(ascii: " ")
    private static let colon = UInt8(ascii: ":")

    /// Takes a Byte Sequence off the front; padding may be left out, and its unused bits may be anything.
    ///
    /// Spec: RFC 9651 §4.2.7
    static func byteSequence(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.first == colon, let end = rest.dropFirst().firstIndex(of: colon) else { return nil }
        let text = rest[(rest.startIndex + 1)..<end]
        rest = rest[(end + 1)...]
        return base64(text)
    }

    private static func base64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let digits = text.dropLast(padding)
        guard padding == 0 || padding <= 2 && text.count % 4 == 0, digits.count % 4 != 1 else { return nil }
        var (bytes, pending, bits) = ([UInt8](), UInt32(0), UInt32(0))
        bytes.reserveCapacity(digits.count * 3 / 4)
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            (pending, bits) = ((pending << 6 | value) & 0xFFFF, bits + 6)
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: pending >> bits))
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
