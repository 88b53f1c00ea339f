/// Tells bytes from damaged ones, at memory's speed.
///
/// Every change within eight bytes that follow one another on an eight-byte border changes it, any other one with a
/// probability of 1 - 2^-64 or so. It is no defence against someone who means to deceive.
package struct DamageDigest: Sendable {
    private static let multiplier: UInt64 = 0x9e37_79b9_7f4a_7c15
    fileprivate static let seed: UInt64 = 0x243f_6a88_85a3_08d3
    private var state = seed
    fileprivate var count: UInt64 = 0

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
            unsafe mix(&lanes, page, at: offset)
        }
        return mixed(seed ^ UInt64(page.count), lanes)
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

/// The same for files that are read and written in large pieces: four digests of every fourth word side by side, since none
/// waits for the others; then one of these.
///
/// Every change within one word changes it, any other one with a probability of 1 - 2^-64 or so. It is no defence against
/// someone who means to deceive.
package struct DamageLanes: Sendable {
    private var lanes = (DamageDigest.seed, DamageDigest.seed &+ 1, DamageDigest.seed &+ 2, DamageDigest.seed &+ 3)
    private var rest = DamageDigest()

    package init() {}

    /// Adds a piece; all pieces but the last have a multiple of 32 bytes.
    package mutating func add(_ slice: WalkSlice) {
        unsafe add(UnsafeRawBufferPointer(slice.buffer.withBytes(at: slice.offset, count: slice.count)))
    }

    /// Adds a piece; all pieces but the last have a multiple of 32 bytes.
    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        let whole = bytes.count & ~31
        var lanes = lanes
        for offset in stride(from: 0, to: whole, by: 32) { unsafe DamageDigest.mix(&lanes, bytes, at: offset) }
        self.lanes = lanes
        rest.count += UInt64(whole)
        unsafe rest.add(UnsafeRawBufferPointer(rebasing: bytes[whole...]))
    }

    /// The digest of all pieces.
    package var value: UInt64 { DamageDigest.mixed(rest.value, lanes) }
}

extension DamageDigest {
    /// Mixes four words that follow one another into four digests.
    fileprivate static func mix(
        _ lanes: inout (UInt64, UInt64, UInt64, UInt64), _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) {
        lanes.0 = mixed(lanes.0, unsafe word(bytes, offset))
        lanes.1 = mixed(lanes.1, unsafe word(bytes, offset + 8))
        lanes.2 = mixed(lanes.2, unsafe word(bytes, offset + 16))
        lanes.3 = mixed(lanes.3, unsafe word(bytes, offset + 24))
    }

    fileprivate static func mixed(_ state: UInt64, _ lanes: (UInt64, UInt64, UInt64, UInt64)) -> UInt64 {
        mixed(mixed(mixed(mixed(state, lanes.0), lanes.1), lanes.2), lanes.3)
    }

    /// The digests of several parts of `bytes`: four side by side, since none waits for the others.
    package static func of(_ parts: [Range<Int>], in bytes: [UInt8]) -> [UInt64] {
        unsafe bytes.withUnsafeBytes { bytes in
            var digests: [UInt64] = []
            digests.reserveCapacity(parts.count)
            var next = 0
            while next + 4 <= parts.count {
                unsafe digests += ofFour(
                    bytes[parts[next]], bytes[parts[next + 1]], bytes[parts[next + 2]], bytes[parts[next + 3]])
                next += 4
            }
            for part in parts[next...] {
                var digest = DamageDigest()
                unsafe digest.add(UnsafeRawBufferPointer(rebasing: bytes[part]))
                digests.append(digest.value)
            }
            return digests
        }
    }

    private static func ofFour(
        _ first: Slice<UnsafeRawBufferPointer>, _ second: Slice<UnsafeRawBufferPointer>,
        _ third: Slice<UnsafeRawBufferPointer>, _ fourth: Slice<UnsafeRawBufferPointer>
    ) -> [UInt64] {
        let parts = unsafe [first, second, third, fourth].map { unsafe UnsafeRawBufferPointer(rebasing: $0) }
        let (a, b, c, d) = unsafe (parts[0], parts[1], parts[2], parts[3])
        let common = min(min(a.count, b.count), min(c.count, d.count)) & ~7
        var lanes = (seed, seed, seed, seed)
        for offset in stride(from: 0, to: common, by: 8) {
            lanes.0 = mixed(lanes.0, unsafe word(a, offset))
            lanes.1 = mixed(lanes.1, unsafe word(b, offset))
            lanes.2 = mixed(lanes.2, unsafe word(c, offset))
            lanes.3 = mixed(lanes.3, unsafe word(d, offset))
        }
        return unsafe zip(parts, [lanes.0, lanes.1, lanes.2, lanes.3]).map { part, state in
            var digest = DamageDigest()
            digest.state = state
            digest.count = UInt64(common)
            unsafe digest.add(UnsafeRawBufferPointer(rebasing: part[common...]))
            return digest.value
        }
    }
}
