import PopulusVDAF

/// Values of one length, given as hexadecimal digits: four bits a digit, and exactly as many digits as fill the path.
///
/// For hashes, identifiers and random bits. No code word is a prefix of another since all are of the same length, that
/// of the path; so a walk has no terminator to find, and ends at the last level. Digits are read in either case and
/// written in small letters.
package struct HexEncoding: StringEncoding {
    package let name = "hex"

    package init() {}

    package let leastBits = 4

    package func capacity(bits: Int) -> String {
        let bytes = bits % 8 == 0 ? " (\(bits / 8) byte\(bits == 8 ? "" : "s"))" : ""
        return "values of \(bits / 4) hexadecimal digit\(bits == 4 ? "" : "s")\(bytes)"
    }

    /// The digits of a value in a task with `bits` bits.
    ///
    /// - Throws: `bitsNotMultiple` where no number of digits fills the path.
    private static func digitCount(bits: Int) throws(StringEncodingError) -> Int {
        guard bits % 4 == 0 else { throw .bitsNotMultiple(of: 4, bits: bits) }
        return bits / 4
    }

    package func check(bits: Int) throws(StringEncodingError) {
        _ = try Self.digitCount(bits: bits)
    }

    package func codeWord(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        let expected = try Self.digitCount(bits: bits)
        guard value.count == expected else { throw .otherLength(value.count, expected: expected) }
        return try Self.packed(value)
    }

    package func beginning(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        guard value.count <= (try Self.digitCount(bits: bits)) else {
            throw .tooLong(needed: 4 * value.count, available: bits)
        }
        return try Self.packed(value)
    }

    /// Four bits a digit.
    private static func packed(_ value: [UInt8]) throws(StringEncodingError) -> Prefix {
        var bytes = [UInt8](repeating: 0, count: (value.count + 1) / 2)
        for (index, digit) in value.enumerated() {
            guard let nibble = nibble(of: digit) else { throw .unencodableByte(digit, index: index) }
            bytes[index / 2] |= index % 2 == 0 ? nibble << 4 : nibble
        }
        return Prefix(wholeBytes: bytes).ancestor(level: 4 * value.count - 1)
    }

    private static func nibble(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    package func read(_ path: Prefix, bits: Int) -> PathReading { HexReader(path: path, bits: bits).reading }

    package func reader(bits: Int) -> some PathReader { HexReader(path: Prefix(), bits: bits) }
}

/// Reads paths of ``HexEncoding``.
struct HexReader: PathReader {
    var path: Prefix
    let bits: Int

    var reading: PathReading {
        guard bits % 4 == 0, path.bitCount <= bits else { return .impossible }
        return path.bitCount == bits ? .complete(value: certain, length: bits) : .open(shortest: bits)
    }

    var certain: [UInt8] { Array(path.hexadecimalDigits.prefix(path.bitCount / 4)) }

    func appending(_ bit: Bool) -> Self { HexReader(path: path.appending(bit), bits: bits) }
}

extension Prefix {
    /// Four bits a digit, in small letters, the last one filled with zero bits.
    package var hexadecimalDigits: [UInt8] {
        let alphabet = Array("0123456789abcdef".utf8)
        let digits = bytes.flatMap { [alphabet[Int($0 >> 4)], alphabet[Int($0 & 15)]] }
        return Array(digits.prefix((bitCount + 3) / 4))
    }
}
