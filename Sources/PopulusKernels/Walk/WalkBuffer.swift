import CPopulusKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Bytes at a fixed address, aligned to a cache line, zero at first unless said otherwise, and wiped at the end: columns,
/// node state and sums on their way through the walk's kernels.
///
/// Large ones are mappings of their own: an allocator would keep what was freed in its heaps, and so a walk's most state
/// ever would stay with the process, twice over.
///
/// Sendable because its users write it in one task before any other reads it.
@safe package final class WalkBuffer: @unchecked Sendable {
    package let count: Int
    let start: UnsafeMutableRawPointer

    package init(count: Int) {
        precondition(count >= 0)
        self.count = count
        unsafe start = Self.memory(count)
        if count < Self.leastMapping {
            unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1))
        }
    }

    /// Bytes of no known value, for large buffers that are written before they are read.
    package init(uninitialized count: Int) {
        precondition(count >= 0)
        self.count = count
        unsafe start = Self.memory(count)
    }

    /// Buffers of at least so many bytes are mappings.
    private static let leastMapping = 1 << 20

    /// A mapping is zero.
    private static func memory(_ count: Int) -> UnsafeMutableRawPointer {
        guard count >= leastMapping else { return .allocate(byteCount: max(count, 1), alignment: 64) }
        let start = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let start = unsafe start, Int(bitPattern: start) != -1 else { fatalError("out of memory") }
        return unsafe start
    }

    package convenience init(_ bytes: [UInt8]) {
        self.init(count: bytes.count)
        unsafe bytes.withUnsafeBytes { unsafe withBytes(at: 0, count: bytes.count).copyMemory(from: $0) }
    }

    package convenience init(_ words: [UInt32]) {
        self.init(count: 4 * words.count)
        unsafe words.withUnsafeBytes { unsafe withBytes(at: 0, count: 4 * words.count).copyMemory(from: $0) }
    }

    deinit {
        guard count < Self.leastMapping else {
            // The system wipes what it gives to anyone.
            _ = unsafe munmap(start, count)
            return
        }
        unsafe walk_wipe(start, count)
        unsafe start.deallocate()
    }

    /// The bytes from `offset` on, for reading a file into them and writing them to one.
    ///
    /// - Precondition: within the buffer. The buffer must outlive the use.
    @unsafe package func withBytes(at offset: Int, count: Int) -> UnsafeMutableRawBufferPointer {
        precondition(offset >= 0 && count >= 0 && count <= self.count && offset <= self.count - count)
        return unsafe UnsafeMutableRawBufferPointer(start: start + offset, count: count)
    }

    /// A copy of the bytes from `offset` on.
    package func bytes(at offset: Int = 0, count: Int) -> [UInt8] {
        unsafe [UInt8](withBytes(at: offset, count: count))
    }

    package var bytes: [UInt8] { bytes(count: count) }

    /// Copies from another buffer.
    package func copy(from source: WalkBuffer, at sourceOffset: Int, to offset: Int, count: Int) {
        unsafe withBytes(at: offset, count: count)
            .copyMemory(from: UnsafeRawBufferPointer(source.withBytes(at: sourceOffset, count: count)))
    }

    /// Copies bytes to `offset`.
    package func copy(_ bytes: Span<UInt8>, to offset: Int) {
        unsafe bytes.withUnsafeBytes { unsafe withBytes(at: offset, count: bytes.count).copyMemory(from: $0) }
    }

    /// Transposes rows of another buffer, each of `entries` entries of 16 bytes.
    ///
    /// Entry *e* of row *r*, at `sourceOffset + stride * r + 16 * e` there, goes to `offset + outputStride * e + 16 * r`.
    package func transpose(
        from source: WalkBuffer, at sourceOffset: Int, stride: Int, rows: Int, entries: Int, to offset: Int,
        outputStride: Int
    ) {
        guard rows > 0, entries > 0 else { return }
        precondition(sourceOffset >= 0 && stride >= 0 && offset >= 0 && outputStride >= 0)
        precondition(sourceOffset + stride * (rows - 1) + 16 * entries <= source.count)
        precondition(offset + outputStride * (entries - 1) + 16 * rows <= count)
        unsafe walk_transpose(
            UnsafePointer((source.start + sourceOffset).assumingMemoryBound(to: UInt8.self)), stride, rows, entries,
            (start + offset).assumingMemoryBound(to: UInt8.self), outputStride)
    }

    /// The same for rows of `pairs` pairs of bits, four a byte from the lowest bits on.
    ///
    /// Pair *p* of row *r* becomes pair `r % 4` of the byte at `offset + outputStride * p + r / 4`.
    package func transposePairs(
        from source: WalkBuffer, at sourceOffset: Int, stride: Int, rows: Int, pairs: Int, to offset: Int,
        outputStride: Int
    ) {
        guard rows > 0, pairs > 0 else { return }
        precondition(sourceOffset >= 0 && stride >= 0 && offset >= 0 && outputStride >= 0)
        precondition(sourceOffset + stride * (rows - 1) + (pairs + 3) / 4 <= source.count)
        precondition(offset + outputStride * (pairs - 1) + (rows + 3) / 4 <= count)
        unsafe walk_transpose_pairs(
            UnsafePointer((source.start + sourceOffset).assumingMemoryBound(to: UInt8.self)), stride, rows, pairs,
            (start + offset).assumingMemoryBound(to: UInt8.self), outputStride)
    }

    /// Spreads a column of `entry` bytes each over this buffer, every `stride` bytes.
    package func scatter(_ column: WalkSlice, entry: Int, count: Int, stride: Int) {
        guard count > 0 else { return }
        precondition(entry >= 0 && stride >= entry && stride * (count - 1) + entry <= self.count)
        unsafe walk_scatter(
            column.pointer(requiring: entry * count), entry, count, start.assumingMemoryBound(to: UInt8.self), stride)
    }

    package subscript(byte index: Int) -> UInt8 {
        get {
            precondition(index >= 0 && index < count)
            return unsafe start.load(fromByteOffset: index, as: UInt8.self)
        }
        set {
            precondition(index >= 0 && index < count)
            unsafe start.storeBytes(of: newValue, toByteOffset: index, as: UInt8.self)
        }
    }

    /// Wipes and zeroes.
    package func clear() {
        unsafe walk_wipe(start, count)
    }
}

/// A part of a buffer.
package struct WalkSlice: Sendable {
    package let buffer: WalkBuffer
    package let offset: Int
    package let count: Int

    package init(_ buffer: WalkBuffer, at offset: Int, count: Int) {
        precondition(offset >= 0 && count >= 0 && count <= buffer.count && offset <= buffer.count - count)
        self.buffer = buffer
        self.offset = offset
        self.count = count
    }

    package init(_ buffer: WalkBuffer) {
        self.init(buffer, at: 0, count: buffer.count)
    }

    /// The first `count` bytes.
    package func prefix(_ count: Int) -> WalkSlice { WalkSlice(buffer, at: offset, count: count) }

    /// A part of this part.
    package func part(at start: Int, count: Int) -> WalkSlice {
        precondition(start >= 0 && count >= 0 && count <= self.count && start <= self.count - count)
        return WalkSlice(buffer, at: offset + start, count: count)
    }

    /// Stores 32-bit words, each less `base`.
    package func store(_ words: ArraySlice<UInt32>, less base: UInt32 = 0) {
        unsafe words.withUnsafeBufferPointer { source in
            let target = unsafe self.words(UInt32.self, requiring: source.count)
            for index in 0..<source.count { unsafe target[index] = source[index] &- base }
        }
    }

    /// Stores consecutive 32-bit words.
    package func storeCount(from first: UInt32, count: Int) {
        let target = unsafe words(UInt32.self, requiring: count)
        for index in 0..<count { unsafe target[index] = first &+ UInt32(truncatingIfNeeded: index) }
    }

    /// Spreads pairs of bits, four a byte of `packed` from the lowest bits on: pair `first + i` becomes byte *i*.
    package func expandPairs(_ packed: WalkSlice, first: Int, count: Int) {
        unsafe walk_expand_pairs(
            packed.pointer(requiring: (first + count + 3) / 4), first, count, pointer(requiring: count))
    }

    func pointer(requiring needed: Int) -> UnsafeMutablePointer<UInt8> {
        precondition(needed <= count, "a walk kernel's operand is too short")
        return unsafe (buffer.start + offset).assumingMemoryBound(to: UInt8.self)
    }

    func words<Word: FixedWidthInteger>(_ type: Word.Type, requiring needed: Int) -> UnsafeMutablePointer<Word> {
        precondition(needed * MemoryLayout<Word>.size <= count, "a walk kernel's operand is too short")
        precondition(offset % MemoryLayout<Word>.alignment == 0)
        return unsafe (buffer.start + offset).assumingMemoryBound(to: Word.self)
    }
}
