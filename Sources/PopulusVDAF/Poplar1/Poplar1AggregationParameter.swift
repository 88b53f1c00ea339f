/// The candidates of one evaluation of the tree: a level, counted from 0, and prefixes of `level + 1` bits.
///
/// Spec: VDAF §8.2.6.6.
public struct Poplar1AggregationParameter: Hashable, Sendable {
    /// The level of the tree, one less than the bits of each candidate.
    public let level: Int
    /// The candidates, in the order of the results.
    public let prefixes: [Prefix]

    /// The candidates `prefixes` at `level`; order and uniqueness are `Poplar1.isValid`'s to check.
    ///
    /// - Throws: `.levelOutOfRange` for a level that two bytes cannot hold, `.wrongBitCount` for a prefix of another
    ///   level, `.wrongElementCount` for more prefixes than four bytes can count.
    public init(level: Int, prefixes: [Prefix]) throws(VDAFError) {
        guard UInt16(exactly: level) != nil else { throw .levelOutOfRange }
        guard UInt32(exactly: prefixes.count) != nil else { throw .wrongElementCount }
        guard prefixes.allSatisfy({ $0.bitCount == level + 1 }) else { throw .wrongBitCount }
        self.level = level
        self.prefixes = prefixes
    }

    package func encode() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headSize + prefixes.count * Prefix.byteCount(forBits: level + 1))
        bytes += Poplar1.encodedLevel(level)
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: prefixes.count >> shift)) }
        for prefix in prefixes { bytes.append(contentsOf: prefix.bytes) }
        return bytes
    }

    /// Bytes before the prefixes: the level and how many prefixes there are.
    private static let headSize = 6

    /// The level of an encoded parameter, of which no more is decoded; nil where it is too short to have one.
    package static func level(ofEncoded bytes: Span<UInt8>) -> Int? {
        bytes.count < 2 ? nil : Int(bytes[0]) << 8 | Int(bytes[1])
    }

    package static func level(ofEncoded bytes: [UInt8]) -> Int? { level(ofEncoded: bytes.span) }

    /// Decodes the whole of `bytes` for inputs of `bits` bits.
    ///
    /// Order and uniqueness are `Poplar1.isValid`'s to check.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.levelOutOfRange`, `.paddingNotZero`.
    package init(decoding bytes: Span<UInt8>, bits: Int) throws(VDAFError) {
        guard let level = Self.level(ofEncoded: bytes), bytes.count >= Self.headSize else { throw .truncated }
        let count = Int(bytes[2]) << 24 | Int(bytes[3]) << 16 | Int(bytes[4]) << 8 | Int(bytes[5])
        guard level < bits else { throw .levelOutOfRange }
        let size = Prefix.byteCount(forBits: level + 1)
        guard bytes.count - Self.headSize >= count * size else { throw .truncated }
        guard bytes.count - Self.headSize == count * size else { throw .trailingBytes }
        var prefixes: [Prefix] = []
        prefixes.reserveCapacity(count)
        for i in 0..<count {
            let packed = (0..<size).map { bytes[Self.headSize + i * size + $0] }
            prefixes.append(try Prefix(bytes: packed, bitCount: level + 1))
        }
        self.level = level
        self.prefixes = prefixes
    }

    package init(decoding bytes: [UInt8], bits: Int) throws(VDAFError) {
        try self.init(decoding: bytes.span, bits: bits)
    }
}
