import PopulusVDAF

/// A node of a tree of paths, and what the bits that lead to it tell about strings.
///
/// A walk goes down the tree with it: what was read up to a node is not read again for the nodes below.
package protocol PathReader: Sendable {
    /// What the bits so far tell.
    var reading: PathReading { get }

    /// The bytes with which every string begins whose path begins with the bits so far; those of the string where it is
    /// complete.
    var certain: [UInt8] { get }

    /// The reader one bit further down.
    func appending(_ bit: Bool) -> Self

    /// The reader that all bits of `path` lead to from here.
    func appending(_ path: Prefix) -> Self
}

extension PathReader {
    package func appending(_ path: Prefix) -> Self {
        var reader = self
        for index in 0..<path.bitCount { reader = reader.appending(path.bit(index)) }
        return reader
    }
}

/// What the first bits of a path tell about the string that it encodes.
package enum PathReading: Hashable, Sendable {
    /// No code word has ended yet; those that begin with these bits have at least `shortest` bits.
    case open(shortest: Int)
    /// The bits are the code word of `value`, `length` bits long, and zero bits.
    case complete(value: [UInt8], length: Int)
    /// The bits are the reserved word, `length` bits long, and zero bits: a string that the task cannot encode.
    case other(length: Int)
    /// No path begins with these bits.
    case impossible

    /// Whether a whole code word has been read, that of a string or the reserved one.
    package var isComplete: Bool {
        switch self {
        case .complete, .other: true
        case .open, .impossible: false
        }
    }
}
