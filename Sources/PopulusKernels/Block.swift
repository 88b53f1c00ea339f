/// Sixteen bytes as two little-endian words: a seed of the IDPF, or a block of AES.
///
/// The kernels read arrays of it as bytes, so its layout is fixed: `low`, then `high`.
@frozen @usableFromInline
package struct Block: Hashable, Sendable, BitwiseCopyable {
    @usableFromInline package var low: UInt64
    @usableFromInline package var high: UInt64

    @inlinable package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The block whose bytes are the sixteen of `bytes` from `offset` on.
    ///
    /// - Precondition: `0 <= offset`, `offset + 16 <= bytes.count`.
    @inlinable package init(_ bytes: Span<UInt8>, at offset: Int = 0) {
        self.init(low: bytes.littleEndianWord(at: offset), high: bytes.littleEndianWord(at: offset &+ 8))
    }

    /// The zero block.
    @inlinable package static var zero: Block { Block(low: 0, high: 0) }

    /// The sixteen bytes.
    package var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? low : high) >> (8 * UInt64($0 & 7))) }
    }

    /// Writes the sixteen bytes at `offset`.
    ///
    /// - Precondition: `0 <= offset`, `offset + 16 <= bytes.count`.
    @inlinable package func store(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        bytes.storeLittleEndian(low, at: offset)
        bytes.storeLittleEndian(high, at: offset &+ 8)
    }

    @inlinable package static func ^ (left: Block, right: Block) -> Block {
        Block(low: left.low ^ right.low, high: left.high ^ right.high)
    }

    /// `left` where `mask` is all ones, zero where it is zero.
    @inlinable package static func & (left: Block, mask: UInt64) -> Block {
        Block(low: left.low & mask, high: left.high & mask)
    }
}
