/// Appends values in the TLS presentation language: integers are big-endian, vectors carry a length in bytes.
///
/// Spec: RFC 8446 §3
package struct WireWriter {
    /// What has been written; empty when only measuring.
    package private(set) var bytes: [UInt8] = []

    /// The number of bytes written, or that would have been written when measuring.
    package private(set) var count = 0

    private let isMeasuring: Bool

    package init(capacity: Int = 0) {
        isMeasuring = false
        bytes.reserveCapacity(capacity)
    }

    private init(measuring: Bool) {
        isMeasuring = measuring
    }

    /// A writer that only counts.
    package static func measuring() -> WireWriter {
        WireWriter(measuring: true)
    }

    package mutating func append(u8 value: UInt8) {
        count += 1
        if !isMeasuring { bytes.append(value) }
    }

    package mutating func append(u16 value: UInt16) {
        append(bigEndian: UInt64(value), byteCount: 2)
    }

    package mutating func append(u32 value: UInt32) {
        append(bigEndian: UInt64(value), byteCount: 4)
    }

    package mutating func append(u64 value: UInt64) {
        append(bigEndian: value, byteCount: 8)
    }

    /// Appends bytes without a length: `opaque x[n]`.
    package mutating func append(_ fixed: [UInt8]) {
        append(fixed[...])
    }

    /// Appends bytes without a length: `opaque x[n]`.
    package mutating func append(_ fixed: ArraySlice<UInt8>) {
        count += fixed.count
        if !isMeasuring { bytes.append(contentsOf: fixed) }
    }

    /// Appends `opaque x<0..2^8-1>`.
    package mutating func append(opaque8 content: [UInt8]) {
        appendLength(content.count, prefixBytes: 1)
        append(content)
    }

    /// Appends `opaque x<0..2^16-1>`.
    package mutating func append(opaque16 content: [UInt8]) {
        appendLength(content.count, prefixBytes: 2)
        append(content)
    }

    /// Appends `opaque x<0..2^32-1>`.
    package mutating func append(opaque32 content: [UInt8]) {
        appendLength(content.count, prefixBytes: 4)
        append(content)
    }

    /// Appends `opaque x<0..2^32-1>`.
    package mutating func append(opaque32 content: ArraySlice<UInt8>) {
        appendLength(content.count, prefixBytes: 4)
        append(content)
    }

    /// Appends `T x<0..2^16-1>`: the elements' encodings after their total length in bytes.
    package mutating func append<T: WireCodable>(list16 elements: [T]) {
        appendLength(elements.reduce(0) { $0 + $1.encodedLength }, prefixBytes: 2)
        append(elements)
    }

    /// Appends `T x[…]`: the elements' encodings alone, where the message's length says how many there are.
    package mutating func append<T: WireCodable>(_ elements: [T]) {
        for element in elements {
            element.encode(into: &self)
        }
    }

    package mutating func append<T: WireCodable>(_ value: T) {
        value.encode(into: &self)
    }

    /// Traps if the length does not fit: whoever builds a structure from outside data checks its sizes first.
    private mutating func appendLength(_ length: Int, prefixBytes: Int) {
        precondition(UInt64(length) >> (8 * UInt64(prefixBytes)) == 0, "vector too long for its length field")
        append(bigEndian: UInt64(length), byteCount: prefixBytes)
    }

    private mutating func append(bigEndian value: UInt64, byteCount: Int) {
        count += byteCount
        guard !isMeasuring else { return }
        for index in (0..<byteCount).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))))
        }
    }
}
