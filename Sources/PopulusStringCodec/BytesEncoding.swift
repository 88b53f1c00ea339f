import PopulusVDAF

/// Eight bits a byte, most significant bit first, and the byte 0x01 at the end.
///
/// Prefix-free only for strings without the byte 0x01, which are therefore refused. NUL is refused as well: lines of
/// text hold none. So the path of zeros alone is free for strings that cannot be encoded, and any other path in which a
/// zero byte comes before the terminator is nobody's.
///
/// Spec: VDAF §8.1.1
package struct BytesEncoding: StringEncoding {
    package let name = "bytes"

    static let terminator: UInt8 = 0x01

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

    package func read(_ path: Prefix, bits: Int) -> PathReading { BytesReader().appending(path).reading }

    package func reader(bits: Int) -> some PathReader { BytesReader() }

    /// A zero byte: its path is all zeros, and no string begins with NUL.
    package func reservedWord(bits: Int) -> Prefix? { bits < 8 ? nil : Prefix(wholeBytes: [0]) }
}
