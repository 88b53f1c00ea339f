/// A set of reports of one shard: bit *i* stands for the report at position *i* of the shard's initial order.
///
/// Encoded as `ceil(count / 8)` bytes; report *i* is bit `i % 8`, counted from the least significant, of byte `i / 8`;
/// padding bits are zero.
package struct ReportBitmap: Hashable, Sendable {
    /// How many reports the shard began with (not how many are in the set).
    package let count: Int
    /// The encoding.
    package private(set) var encoded: [UInt8]

    /// All reports of a shard, or none.
    package init(count: Int, filled: Bool = false) {
        self.count = count
        encoded = [UInt8](repeating: filled ? 0xff : 0, count: (count + 7) / 8)
        if filled, count % 8 != 0 {
            encoded[encoded.count - 1] = UInt8((1 << (count % 8)) - 1)
        }
    }

    /// Decodes a bitmap of `count` reports.
    ///
    /// - Throws: `bitmapMismatch` unless the length is exact and the padding zero.
    package init(encoded: [UInt8], count: Int) throws(PrefixWalkError) {
        guard count >= 0, encoded.count == (count + 7) / 8 else { throw .bitmapMismatch }
        if count % 8 != 0, encoded[encoded.count - 1] >> UInt8(count % 8) != 0 { throw .bitmapMismatch }
        self.count = count
        self.encoded = encoded
    }

    /// Whether the report at a position is in the set.
    package subscript(position: Int) -> Bool {
        get { encoded[position / 8] >> UInt8(position % 8) & 1 == 1 }
        set {
            let bit = UInt8(1) << UInt8(position % 8)
            if newValue { encoded[position / 8] |= bit } else { encoded[position / 8] &= ~bit }
        }
    }

    /// How many reports are in the set.
    package var population: Int { encoded.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The positions in the set, ascending.
    package var positions: [Int] {
        var positions: [Int] = []
        positions.reserveCapacity(population)
        for (index, byte) in encoded.enumerated() {
            var rest = byte
            while rest != 0 {
                positions.append(8 * index + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return positions
    }

    /// The same as 32-bit words, which kernels take.
    package var indices: [UInt32] {
        let population = population
        return unsafe [UInt32](unsafeUninitializedCapacity: population) { indices, count in
            for (index, byte) in encoded.enumerated() {
                var rest = byte
                while rest != 0 {
                    unsafe indices[count] = UInt32(truncatingIfNeeded: 8 * index + rest.trailingZeroBitCount)
                    count += 1
                    rest &= rest - 1
                }
            }
        }
    }

    /// Whether every report of this set is in the other, which is of the same shard size.
    package func isSubset(of other: ReportBitmap) -> Bool {
        count == other.count && encoded.indices.allSatisfy { encoded[$0] & ~other.encoded[$0] == 0 }
    }

    /// The reports of this set that are not in the other, which is of the same shard size.
    package func subtracting(_ other: ReportBitmap) -> ReportBitmap {
        combined(with: other) { $0 & ~$1 }
    }

    /// The reports that are in both sets, which are of the same shard size.
    package func intersection(_ other: ReportBitmap) -> ReportBitmap {
        combined(with: other) { $0 & $1 }
    }

    /// The reports that are in either set; both are of the same shard size.
    package func union(_ other: ReportBitmap) -> ReportBitmap {
        combined(with: other) { $0 | $1 }
    }

    private func combined(with other: ReportBitmap, _ operation: (UInt8, UInt8) -> UInt8) -> ReportBitmap {
        precondition(count == other.count, "bitmaps of different shards")
        var result = self
        for index in encoded.indices {
            result.encoded[index] = operation(encoded[index], other.encoded[index])
        }
        return result
    }
}

// What travels: one bit a *live* report, in the shard's initial order less the reports rejected so far.
extension ReportBitmap {
    /// One bit for every report of `live`, in order: whether it is in this set.
    package func packed(over live: ReportBitmap) -> [UInt8] {
        precondition(count == live.count, "bitmaps of different shards")
        if live.population == live.count { return encoded }
        let positions = live.positions
        var packed = [UInt8](repeating: 0, count: (positions.count + 7) / 8)
        for (rank, position) in positions.enumerated() where self[position] {
            packed[rank / 8] |= 1 << UInt8(rank % 8)
        }
        return packed
    }

    /// Decodes one bit for every report of `live` to the subset that it stands for.
    ///
    /// - Throws: `bitmapMismatch` unless the length is exact and the padding zero.
    package init(packed: [UInt8], over live: ReportBitmap) throws(PrefixWalkError) {
        if live.population == live.count {
            try self.init(encoded: packed, count: live.count)
            return
        }
        let positions = live.positions
        let ranks = try ReportBitmap(encoded: packed, count: positions.count)
        self.init(count: live.count)
        for (rank, position) in positions.enumerated() where ranks[rank] {
            self[position] = true
        }
    }
}
