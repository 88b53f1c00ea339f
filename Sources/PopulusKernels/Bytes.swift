extension Span where Element == UInt8 {
    /// The eight bytes from `offset` on, read as a little-endian word.
    ///
    /// - Precondition: `0 <= offset`, `offset + 8 <= count`.
    @inlinable package func littleEndianWord(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset &+ 8 <= count)
        return unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension MutableSpan where Element == UInt8 {
    /// Writes `word` little-endian into the eight bytes from `offset` on.
    ///
    /// - Precondition: `0 <= offset`, `offset + 8 <= count`.
    @inlinable package mutating func storeLittleEndian(_ word: UInt64, at offset: Int) {
        precondition(offset >= 0 && offset &+ 8 <= count)
        var raw = unsafe mutableBytes
        raw.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    /// Writes values that are words without gaps, in memory as they are on the wire, into the bytes from `offset` on.
    ///
    /// - Precondition: `0 <= offset`, and there is room for all of them.
    @inlinable package mutating func storeWords<Value: BitwiseCopyable>(_ values: Span<Value>, at offset: Int) {
        #if _endian(big)
        #error("encoded field elements and blocks are little-endian")
        #endif
        precondition(offset >= 0 && offset + values.count * MemoryLayout<Value>.stride <= count)
        unsafe withUnsafeMutableBufferPointer { output in
            unsafe values.withUnsafeBytes { words in
                unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[offset...])
                    .copyMemory(from: words)
            }
        }
    }
}
