/// Tells bytes from damaged ones, at memory's speed.
///
/// Every change within eight bytes that follow one another on an eight-byte border changes it, any other one with a
/// probability of 1 - 2^-64 or so. It is no defence against someone who means to deceive.
package struct DamageDigest: Sendable {
    private static let multiplier: UInt64 = 0x9e37_79b9_7f4a_7c15
    private var state: UInt64 = 0x243f_6a88_85a3_08d3
    private var count: UInt64 = 0

    package init() {}

    /// Adds a piece; all pieces but the last have a multiple of eight bytes.
    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        let whole = bytes.count & ~7
        var state = state
        var offset = 0
        while offset < whole {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            state = Self.mixed(state, UInt64(littleEndian: word))
            offset += 8
        }
        var rest: UInt64 = 0
        for index in whole..<bytes.count { unsafe rest |= UInt64(bytes[index]) << UInt64(8 * (index - whole)) }
        if whole < bytes.count { state = Self.mixed(state, rest) }
        self.state = state
        count += UInt64(bytes.count)
    }

    /// Adds a piece; all pieces but the last have a multiple of eight bytes.
    package mutating func add(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe add($0) }
    }

    /// Adds a piece; all pieces but the last have a multiple of eight bytes.
    package mutating func add(_ slice: WalkSlice) {
        unsafe add(UnsafeRawBufferPointer(slice.buffer.withBytes(at: slice.offset, count: slice.count)))
    }

    /// The digest of all pieces.
    package var value: UInt64 { Self.mixed(state, count) }

    /// The digest of `bytes`.
    package static func of(_ bytes: [UInt8]) -> UInt64 {
        var digest = DamageDigest()
        digest.add(bytes)
        return digest.value
    }

    /// The digest of a page of a database, a multiple of 32 bytes, in its place.
    ///
    /// Four digests of every fourth word side by side, since none waits for the others; then one of these. Every change
    /// within one word changes it.
    package static func ofPage(_ page: UnsafeRawBufferPointer, number: UInt64) -> UInt64 {
        var lanes = (number, number &+ 1, number &+ 2, number &+ 3)
        for offset in stride(from: 0, to: page.count & ~31, by: 32) {
            lanes.0 = mixed(lanes.0, unsafe word(page, offset))
            lanes.1 = mixed(lanes.1, unsafe word(page, offset + 8))
            lanes.2 = mixed(lanes.2, unsafe word(page, offset + 16))
            lanes.3 = mixed(lanes.3, unsafe word(page, offset + 24))
        }
        let digest = DamageDigest().state ^ UInt64(page.count)
        return mixed(mixed(mixed(mixed(digest, lanes.0), lanes.1), lanes.2), lanes.3)
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// One-to-one in each of both.
    private static func mixed(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word) &* multiplier
        return product ^ product >> 32
    }
}
