/// A part of the interval from 0 to 1 that belongs to a string or to all strings with one beginning.
///
/// Its length is `range` units of 2^-(64+k), where `k` grows with the string, and `range` is in [2^63, 2^64). A symbol's
/// share of that is rounded by less than one unit, and is at least 2^51 units: so rounding costs a symbol less than
/// 2^-50 bits, and no string a millionth of a bit.
enum URLInterval {
    /// The share of the whole interval, out of 2^64, that the reserved word has: the first 2^-12 of it.
    ///
    /// The strings have the rest, and each of them is 0.0004 bits the longer for it.
    static let reserved: UInt64 = 1 << 52
    /// The length of the reserved word: twelve zero bits.
    static let reservedBits = 12
    /// The range of all strings together, out of 2^64.
    static let whole: UInt64 = 0 &- reserved

    /// Where the share of the symbols before a cumulative frequency ends: ⌊range · cumulative / 2^16⌋.
    ///
    /// All of the range is shared out: the bound of 2^16 is `range`.
    static func bound(_ cumulative: UInt32, of range: UInt64) -> UInt64 {
        let product = range.multipliedFullWidth(by: UInt64(cumulative))
        return product.high << 48 | product.low >> 16
    }

    /// The greatest cumulative frequency whose bound is at most `offset`.
    ///
    /// - Precondition: `offset < range`.
    static func cumulative(at offset: UInt64, of range: UInt64) -> UInt32 {
        // Near it at once: `range >> 16` is `range / 2^16` but for a 2^-47th.
        var cumulative = UInt32(min(offset / (range >> 16), UInt64(URLModel.total) - 1))
        while bound(cumulative, of: range) > offset { cumulative -= 1 }
        while bound(cumulative + 1, of: range) <= offset { cumulative += 1 }
        return cumulative
    }
}
