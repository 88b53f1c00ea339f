/// A sequence of bits, packed most significant bit first.
///
/// The unused low bits of the last byte are zero, so that equal sequences have equal bytes.
package struct PackedBits: Hashable, Sendable {
    /// `ceil(count / 8)` bytes.
    package private(set) var bytes: [UInt8]
    /// How many bits the sequence has.
    package private(set) var count: Int

    /// The empty sequence.
    package init() {
        bytes = []
        count = 0
    }

    /// Every bit of whole bytes.
    package init(wholeBytes bytes: [UInt8]) {
        self.bytes = bytes
        count = bytes.count * 8
    }

    /// The first `count` bits of `bytes`; nil if the length does not fit or an unused bit is set.
    package init?(bytes: [UInt8], count: Int) {
        guard count >= 0, bytes.count == (count + 7) / 8 else { return nil }
        if count % 8 != 0, let last = bytes.last, last & (0xff >> UInt8(count % 8)) != 0 { return nil }
        self.bytes = bytes
        self.count = count
    }

    /// The bit at `index`, in `0 ..< count`.
    package subscript(index: Int) -> Bool {
        precondition(index >= 0 && index < count)
        return bytes[index / 8] >> UInt8(7 - index % 8) & 1 == 1
    }

    /// Adds one bit at the end.
    package mutating func append(_ bit: Bool) {
        if count % 8 == 0 { bytes.append(0) }
        if bit { bytes[count / 8] |= 0x80 >> UInt8(count % 8) }
        count += 1
    }

    /// The sequence with one more bit.
    package func appending(_ bit: Bool) -> PackedBits {
        var longer = self
        longer.append(bit)
        return longer
    }

    /// The sequence with zero bits up to `length` bits, which is at least `count`.
    package func padded(to length: Int) -> PackedBits {
        precondition(length >= count)
        var longer = self
        longer.bytes.append(contentsOf: repeatElement(0, count: (length + 7) / 8 - bytes.count))
        longer.count = length
        return longer
    }

    /// Whether the first bits of this sequence are `other`.
    package func starts(with other: PackedBits) -> Bool {
        guard other.count <= count else { return false }
        let whole = other.count / 8
        guard bytes[..<whole].elementsEqual(other.bytes[..<whole]) else { return false }
        let rest = other.count % 8
        guard rest != 0 else { return true }
        return (bytes[whole] ^ other.bytes[whole]) >> UInt8(8 - rest) == 0
    }
}
