/// A string of bits, packed as on the wire: the first bit is the most significant of the first byte, unused bits of the
/// last byte are zero.
///
/// A candidate prefix, a node of the tree, a whole measurement, or the code word of a string.
///
/// Ordered lexicographically; a string comes after its own prefixes. Printed, it shows its bits: do not print the one that
/// is a client's measurement. Nothing here is constant-time.
public struct Prefix: Hashable, Sendable {
    /// `(bitCount + 7) / 8` bytes.
    public private(set) var bytes: [UInt8]
    /// Bits.
    public private(set) var bitCount: Int

    /// The empty string, the root of the tree.
    public init() {
        bytes = []
        bitCount = 0
    }

    /// The first `bitCount` bits of `bytes`, which must be exactly as long as that takes.
    ///
    /// - Throws: `.wrongBitCount` for a wrong length, `.paddingNotZero`.
    public init(bytes: [UInt8], bitCount: Int) throws(VDAFError) {
        guard bitCount >= 0, bytes.count == Prefix.byteCount(forBits: bitCount) else { throw .wrongBitCount }
        if let last = bytes.last, last & Prefix.paddingMask(forBits: bitCount) != 0 { throw .paddingNotZero }
        self.bytes = bytes
        self.bitCount = bitCount
    }

    /// Every bit of whole bytes.
    package init(wholeBytes bytes: [UInt8]) {
        self.bytes = bytes
        bitCount = 8 * bytes.count
    }

    /// The bits in their order.
    public init(bits: some Sequence<Bool>) {
        self.init()
        for bit in bits { append(bit) }
    }

    /// Bytes that `bitCount` bits take.
    package static func byteCount(forBits bitCount: Int) -> Int { bitCount / 8 + (bitCount % 8 == 0 ? 0 : 1) }

    /// The bits of the last byte that `bitCount` bits leave unused.
    package static func paddingMask(forBits bitCount: Int) -> UInt8 {
        bitCount % 8 == 0 ? 0 : 0xff >> UInt8(bitCount % 8)
    }

    /// The level of the tree at which this node lies: one less than its bits.
    public var level: Int { bitCount - 1 }

    /// The bits in their order.
    public var bits: [Bool] { (0..<bitCount).map(bit) }

    /// Bit `i`, counted from the first.
    ///
    /// - Precondition: `0 <= i`, `i < bitCount`.
    package func bit(_ i: Int) -> Bool {
        precondition(i >= 0 && i < bitCount)
        return bytes[i / 8] >> UInt8(7 - i % 8) & 1 != 0
    }

    package mutating func append(_ bit: Bool) {
        if bitCount % 8 == 0 { bytes.append(0) }
        if bit { bytes[bitCount / 8] |= 0x80 >> UInt8(bitCount % 8) }
        bitCount += 1
    }

    /// The string with one more bit behind it.
    public func appending(_ bit: Bool) -> Prefix {
        var longer = self
        longer.append(bit)
        return longer
    }

    /// The string with zero bits behind it, `length` bits in all.
    ///
    /// - Precondition: `length >= bitCount`.
    package func padded(to length: Int) -> Prefix {
        precondition(length >= bitCount)
        var longer = self
        longer.bytes.append(contentsOf: repeatElement(0, count: Prefix.byteCount(forBits: length) - bytes.count))
        longer.bitCount = length
        return longer
    }

    /// The first `level + 1` bits; itself where it has no more.
    ///
    /// Spec: VDAF §8.2.3 (`get_ancestor`).
    ///
    /// - Precondition: `level >= -1`.
    public func ancestor(level: Int) -> Prefix {
        precondition(level >= -1)
        guard level + 1 < bitCount else { return self }
        var shorter = Prefix()
        shorter.bitCount = level + 1
        shorter.bytes = Array(bytes[..<Prefix.byteCount(forBits: level + 1)])
        if let last = shorter.bytes.indices.last {
            shorter.bytes[last] &= ~Prefix.paddingMask(forBits: level + 1)
        }
        return shorter
    }

    /// Whether this is `other` or begins `other`.
    public func isPrefix(of other: Prefix) -> Bool {
        bitCount <= other.bitCount && order(amongBeginningsOf: other) == 0
    }

    /// Below zero where this comes before the beginning of `other` that is as long as this, above zero where it comes
    /// after it, zero where it is that beginning.
    ///
    /// - Precondition: `bitCount <= other.bitCount`.
    package func order(amongBeginningsOf other: Prefix) -> Int {
        let whole = bitCount / 8
        for index in 0..<whole where bytes[index] != other.bytes[index] {
            return bytes[index] < other.bytes[index] ? -1 : 1
        }
        guard bitCount % 8 != 0 else { return 0 }
        return Int(bytes[whole]) - Int(other.bytes[whole] & ~Prefix.paddingMask(forBits: bitCount))
    }

    /// How many bits this and `other`, both of the same number of bits, have in common at the beginning: that many bits,
    /// or any number up to the end of the last byte where they are equal.
    package func commonBits(with other: Prefix) -> Int {
        var bit = 0
        for (left, right) in zip(bytes, other.bytes) {
            guard left == right else { return bit + (left ^ right).leadingZeroBitCount }
            bit += 8
        }
        return bit
    }
}

extension Prefix: Comparable {
    /// Whether `left` comes first: by the first bit in which they differ, else the shorter one.
    public static func < (left: Prefix, right: Prefix) -> Bool {
        // Padding is zero, so bytes decide unless one is the other, or the other with zeros behind it.
        for (l, r) in zip(left.bytes, right.bytes) where l != r { return l < r }
        return left.bitCount < right.bitCount
    }
}

extension Prefix: CustomStringConvertible {
    /// The bits as zeros and ones.
    public var description: String { String(bits.map { $0 ? "1" : "0" }) }
}
