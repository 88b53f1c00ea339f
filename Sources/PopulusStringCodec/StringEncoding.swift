import PopulusVDAF

/// A way to write strings as paths of a fixed number of bits.
///
/// A string becomes a *code word*; no code word is a prefix of another, so that a walk knows from the bits alone where
/// a string ends. Zero bits after the code word fill the path.
package protocol StringEncoding: Sendable {
    /// Reads the encoding's paths.
    associatedtype Reader: PathReader

    /// The name that tasks and role files use: `bytes`, `hex`, `url-1`. A code that may change has a version in its name.
    var name: String { get }

    /// The code word of a string, at most `bits` bits long.
    ///
    /// - Throws: why the string has no code word, or none that fits.
    func codeWord(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix

    /// The bits that the paths of all strings with a given beginning have in common, and no other path, at most `bits`.
    ///
    /// - Throws: why no string begins so, or none that fits.
    func beginning(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix

    /// What the first bits of a path of `bits` bits tell.
    func read(_ path: Prefix, bits: Int) -> PathReading

    /// A reader of paths of `bits` bits, at the root.
    func reader(bits: Int) -> Reader

    /// The code word for a string that the task cannot encode; nil where every path is that of a value, or the word does
    /// not fit into `bits` bits.
    func reservedWord(bits: Int) -> Prefix?

    /// Checks that tasks with so many bits can use the encoding.
    ///
    /// - Throws: why no string has a path of that length.
    func check(bits: Int) throws(StringEncodingError)

    /// The least bits with which some string that is not empty can be encoded.
    var leastBits: Int { get }

    /// Which strings fit into so many bits, for people: `strings of at most 127 bytes`.
    func capacity(bits: Int) -> String
}

extension StringEncoding {
    /// The path of a string: its code word, then zero bits, `bits` in all.
    package func path(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        try codeWord(of: value, bits: bits).padded(to: bits)
    }

    package func check(bits: Int) throws(StringEncodingError) {}

    package func reservedWord(bits: Int) -> Prefix? { nil }
}

/// Why a string cannot be encoded.
package enum StringEncodingError: Error, Hashable, Sendable {
    /// The string holds a byte that the encoding has no code for, at an index counted from 0.
    case unencodableByte(UInt8, index: Int)
    /// The code word has `needed` bits, and there is room for `available`.
    case tooLong(needed: Int, available: Int)
    /// The string has `count` bytes, and `most` fit into the task's bits.
    case tooManyBytes(Int, most: Int, bits: Int)
    /// All strings of the task have `expected` characters, and this one has another number.
    case otherLength(Int, expected: Int)
    /// The length of a path must be a multiple of a number, and is not.
    case bitsNotMultiple(of: Int, bits: Int)
    /// The length of a path must be in a range, and is not.
    case bitsOutside(ClosedRange<Int>, bits: Int)
    /// Strings that begin alike have no bits in common.
    case noBeginnings
    /// Every value of the task has a group before its string, and this one has none.
    case noGroup
}

extension StringEncodingError {
    /// What would be right, with nothing of the string in it: for clients, whose errors end up in logs.
    package var requirement: String {
        switch self {
        case .unencodableByte: "it has a character that the encoding cannot take"
        case .tooLong(_, let available): "it is too long: its code may have \(available) bits"
        case .tooManyBytes(_, let most, let bits):
            "it is too long: the task takes at most \(most) bytes (\(bits) bits)"
        case .otherLength(_, let expected): "the task takes strings of exactly \(expected) characters"
        case .bitsNotMultiple, .bitsOutside, .noBeginnings, .noGroup: description
        }
    }
}

extension StringEncodingError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unencodableByte(let byte, let index):
            let hex = String(byte, radix: 16)
            return "byte \(index + 1) is 0x\(hex.utf8.count < 2 ? "0" : "")\(hex), which the encoding cannot take"
        case .tooLong(let needed, let available):
            return "too long: it takes \(needed) bits, and the task has \(available)"
        case .tooManyBytes(let count, let most, let bits):
            return "too long: it has \(count) bytes, and the task takes at most \(most) (\(bits) bits)"
        case .otherLength(let count, let expected):
            return "it has \(count) characters, and the task takes exactly \(expected)"
        case .bitsNotMultiple(let factor, let bits):
            let nearest = [bits / factor * factor, (bits / factor + 1) * factor].filter { (1...65_535).contains($0) }
            return "the encoding needs a multiple of \(factor) bits, and the task has \(bits); give "
                + nearest.map { "\($0)" }.joined(separator: " or ")
        case .bitsOutside(let range, let bits):
            return "the encoding needs \(range.lowerBound) to \(range.upperBound) bits, and the task has \(bits)"
        case .noBeginnings:
            return "strings that begin alike have hashes that do not; give whole strings"
        case .noGroup:
            return
                "the task has groups: a value is a group, a tab and a string, and the group is not empty and has no tab"
        }
    }
}
