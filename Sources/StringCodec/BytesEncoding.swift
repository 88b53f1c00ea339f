import VDAF

/// Eight bits a byte, most significant bit first, and the byte 0x01 at the end.
///
/// Prefix-free only for strings without the byte 0x01, which are therefore refused. NUL is refused as well: lines of
/// text hold none, and a path in which a zero byte comes before the terminator is then known to be nobody's.
///
/// Spec: VDAF §8.1.1
package struct BytesEncoding: StringEncoding {
    package let name = "bytes"

    private static let terminator: UInt8 = 0x01

    package init() {}

    /// One byte and the terminator.
    package let leastBits = 16

    /// The most bytes of a string, beside its terminator.
    private static func greatestLength(bits: Int) -> Int { max(0, bits / 8 - 1) }

    package func capacity(bits: Int) -> String {
        let most = Self.greatestLength(bits: bits)
        return "strings of at most \(most) byte\(most == 1 ? "" : "s")"
    }

    package func codeWord(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        try check(value)
        let needed = 8 * (value.count + 1)
        guard needed <= bits else {
            throw .tooManyBytes(value.count, most: Self.greatestLength(bits: bits), bits: bits)
        }
        return Prefix(wholeBytes: value + [Self.terminator])
    }

    package func beginning(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        try check(value)
        guard 8 * value.count <= bits else { throw .tooLong(needed: 8 * value.count, available: bits) }
        return Prefix(wholeBytes: value)
    }

    private func check(_ value: [UInt8]) throws(StringEncodingError) {
        if let index = value.firstIndex(where: { $0 <= Self.terminator }) {
            throw .unencodableByte(value[index], index: index)
        }
    }

    package func read(_ path: Prefix, bits: Int) -> PathReading {
        let whole = path.bytes[..<(path.bitCount / 8)]
        if let end = whole.firstIndex(where: { $0 <= Self.terminator }) {
            guard whole[end] == Self.terminator, path.bytes[(end + 1)...].allSatisfy({ $0 == 0 }) else {
                return .impossible
            }
            return .complete(value: Array(whole[..<end]), length: 8 * (end + 1))
        }
        // A byte that has begun with a one bit is not the terminator: one more byte must follow it.
        let begun = path.bytes[whole.endIndex...].first ?? 0
        return .open(shortest: 8 * (whole.count + (begun == 0 ? 1 : 2)))
    }
}
