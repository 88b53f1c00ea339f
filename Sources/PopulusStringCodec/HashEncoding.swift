import PopulusVDAF

/// Strings of any length as hashes of one length: the first bits of SHA-256("populus hash 1" || task ID || string).
///
/// A walk over hashes is as short as the hash, whatever the strings are; it finds popular hashes, and only who knows a
/// string can tell that a hash is its own. That is no encryption: whoever sees a popular hash can test guesses for ever.
/// The task's ID is in it, so that a table of hashes made for one task is of no use for another.
///
/// A value that is read is the hash as lower-case hexadecimal digits; where the bits are no multiple of four, zero bits
/// fill the last digit. Every string has a path and none is refused, so there is no code word for what cannot be encoded.
/// All paths have the length of the task, hence none is a prefix of another.
package struct HashEncoding: StringEncoding {
    package let name = "hash-1"

    /// What is hashed before the task's ID: the version of the encoding.
    private static let label = Array("populus hash 1".utf8)

    /// The bits that a task may have: with fewer too many strings share a hash, and more only make walks longer.
    package static let bits = 32...64

    /// The bits of a new task unless it is told otherwise.
    package static let usualBits = 64

    /// The state of SHA-256 after what is the same for every string.
    private let beginning: Sha256

    /// - Parameter taskID: the bytes of the task's ID.
    package init(taskID: [UInt8]) {
        var beginning = Sha256()
        beginning.update(Self.label)
        beginning.update(taskID)
        self.beginning = beginning
    }

    package let leastBits = HashEncoding.bits.lowerBound

    package func capacity(bits: Int) -> String { "strings of any length, as hashes of \(bits) bits" }

    package func check(bits: Int) throws(StringEncodingError) {
        guard Self.bits.contains(bits) else { throw .bitsOutside(Self.bits, bits: bits) }
    }

    package func codeWord(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        try check(bits: bits)
        var hash = beginning
        hash.update(value)
        let whole = Prefix(wholeBytes: Array(hash.finalized().prefix((bits + 7) / 8)))
        return whole.ancestor(level: bits - 1)
    }

    /// Hashes of strings with the same beginning have nothing in common.
    package func beginning(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        throw .noBeginnings
    }

    package func read(_ path: Prefix, bits: Int) -> PathReading { HashReader(path: path, bits: bits).reading }

    package func reader(bits: Int) -> some PathReader { HashReader(path: Prefix(), bits: bits) }
}

/// Reads paths of ``HashEncoding``: every path of the task's bits is a hash.
struct HashReader: PathReader {
    let path: Prefix
    let bits: Int

    var reading: PathReading {
        guard HashEncoding.bits.contains(bits), path.bitCount <= bits else { return .impossible }
        return path.bitCount == bits ? .complete(value: certain, length: bits) : .open(shortest: bits)
    }

    /// The digits that are whole, and the last one of a whole hash.
    var certain: [UInt8] {
        let digits = path.hexadecimalDigits
        return path.bitCount == bits ? digits : Array(digits.prefix(path.bitCount / 4))
    }

    func appending(_ bit: Bool) -> Self { HashReader(path: path.appending(bit), bits: bits) }

    func appending(_ path: Prefix) -> Self {
        HashReader(path: self.path.bitCount == 0 ? path : self.path.appending(path), bits: bits)
    }
}
