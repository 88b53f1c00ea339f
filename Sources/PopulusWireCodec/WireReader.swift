/// Reads values in the TLS presentation language from the front of a byte slice, without copying the slice.
///
/// Nothing read can trap: every length is checked against what is left.
///
/// Spec: RFC 8446 §3
package struct WireReader {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    package init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    package var remaining: Int { bytes.endIndex - index }

    package var isAtEnd: Bool { index == bytes.endIndex }

    /// Demands that everything has been read.
    package func finish() throws(WireError) {
        guard isAtEnd else { throw .trailing }
    }

    package mutating func readU8() throws(WireError) -> UInt8 {
        UInt8(truncatingIfNeeded: try readBigEndian(byteCount: 1))
    }

    package mutating func readU16() throws(WireError) -> UInt16 {
        UInt16(truncatingIfNeeded: try readBigEndian(byteCount: 2))
    }

    package mutating func readU32() throws(WireError) -> UInt32 {
        UInt32(truncatingIfNeeded: try readBigEndian(byteCount: 4))
    }

    package mutating func readU64() throws(WireError) -> UInt64 {
        try readBigEndian(byteCount: 8)
    }

    /// The next `count` bytes, not copied: the slice keeps the whole message alive.
    package mutating func readSlice(_ count: Int) throws(WireError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw .truncated }
        defer { index += count }
        return bytes[index..<index + count]
    }

    /// The next `count` bytes: `opaque x[count]`.
    package mutating func readBytes(_ count: Int) throws(WireError) -> [UInt8] {
        Array(try readSlice(count))
    }

    /// All that is left.
    package mutating func rest() -> [UInt8] {
        defer { index = bytes.endIndex }
        return Array(bytes[index...])
    }

    /// Reads `opaque x<minimum..2^8-1>`.
    package mutating func readOpaque8(minimum: Int = 0) throws(WireError) -> [UInt8] {
        Array(try readVector(prefixBytes: 1, minimum: minimum))
    }

    /// Reads `opaque x<minimum..2^16-1>`.
    package mutating func readOpaque16(minimum: Int = 0) throws(WireError) -> [UInt8] {
        Array(try readVector(prefixBytes: 2, minimum: minimum))
    }

    /// Reads `opaque x<minimum..2^32-1>`.
    package mutating func readOpaque32(minimum: Int = 0) throws(WireError) -> [UInt8] {
        Array(try readVector(prefixBytes: 4, minimum: minimum))
    }

    /// Reads `opaque x<minimum..2^16-1>`, not copied.
    package mutating func readSlice16(minimum: Int = 0) throws(WireError) -> ArraySlice<UInt8> {
        try readVector(prefixBytes: 2, minimum: minimum)
    }

    /// Reads `opaque x<minimum..2^32-1>`, not copied.
    package mutating func readSlice32(minimum: Int = 0) throws(WireError) -> ArraySlice<UInt8> {
        try readVector(prefixBytes: 4, minimum: minimum)
    }

    /// Where the next byte is in the slice that is read.
    package var position: Int { index }

    /// What has been read since `start`, an earlier position, not copied.
    package func slice(since start: Int) -> ArraySlice<UInt8> { bytes[start..<index] }

    /// `T x<minimum..2^16-1>`, whose elements take up exactly the vector's bytes.
    package mutating func readList16<T: WireCodable>(
        of type: T.Type = T.self, minimum: Int = 0
    ) throws(WireError) -> [T] {
        var reader = WireReader(try readVector(prefixBytes: 2, minimum: minimum))
        return try reader.readAll()
    }

    /// `T x[…]`, up to the end of the message.
    package mutating func readAll<T: WireCodable>(of type: T.Type = T.self) throws(WireError) -> [T] {
        var elements: [T] = []
        while !isAtEnd {
            let before = remaining
            elements.append(try T(from: &self))
            guard remaining < before else { throw .badValue("empty element") }
        }
        return elements
    }

    package mutating func read<T: WireCodable>(_ type: T.Type = T.self) throws(WireError) -> T {
        try T(from: &self)
    }

    private mutating func readVector(prefixBytes: Int, minimum: Int) throws(WireError) -> ArraySlice<UInt8> {
        let length = try readBigEndian(byteCount: prefixBytes)
        guard length >= UInt64(minimum) else { throw .badValue("vector shorter than its minimum") }
        return try readSlice(Int(length))
    }

    private mutating func readBigEndian(byteCount: Int) throws(WireError) -> UInt64 {
        guard byteCount <= remaining else { throw .truncated }
        var value: UInt64 = 0
        for offset in 0..<byteCount {
            value = value << 8 | UInt64(bytes[index + offset])
        }
        index += byteCount
        return value
    }
}
