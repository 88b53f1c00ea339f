import PopulusVDAF

/// Narrows the interval of a string symbol by symbol, and writes the code word of what is left.
///
/// The interval begins at `low` and the bits written before it, as one number in units of 2^-(64+k), where `k` bits have
/// been written. It is `range` units long, at least 2^63 and less than 2^64.
struct URLWriter {
    private let model: URLModel
    private var context: UInt32 = 0
    private var low = URLInterval.reserved
    private var range = URLInterval.whole
    /// The written bits in whole bytes, and up to seven more in the lowest bits of `begun`.
    private var bytes: [UInt8] = []
    private var begun: UInt32 = 0
    private var begunBits: UInt32 = 0

    init(_ model: URLModel) { self.model = model }

    mutating func write(_ value: [UInt8]) {
        for byte in value {
            narrow(to: Int(byte) + 1)
            context = URLModel.context(context, and: byte)
        }
        narrow(to: URLModel.end)
    }

    private mutating func narrow(to symbol: Int) {
        let row = model.row(after: context)
        let from = URLInterval.bound(model.sum(before: symbol, row: row), of: range)
        let to = URLInterval.bound(model.sum(before: symbol + 1, row: row), of: range)
        let (sum, overflow) = low.addingReportingOverflow(from)
        if overflow { carry() }
        low = sum
        range = to - from
        // A symbol has at least 2^-12 of the range: at most 13 bits.
        let shift = range.leadingZeroBitCount
        guard shift > 0 else { return }
        put(low >> UInt64(64 - shift), bits: shift)
        low <<= UInt64(shift)
        range <<= UInt64(shift)
    }

    /// Writes up to 24 bits.
    private mutating func put(_ value: UInt64, bits: Int) {
        begun = begun << UInt32(bits) | UInt32(value)
        begunBits += UInt32(bits)
        while begunBits >= 8 {
            begunBits -= 8
            bytes.append(UInt8(begun >> begunBits))
            begun &= 1 << begunBits - 1
        }
    }

    /// Adds one to the number that has been written; the interval ends at 1 or before, so a zero bit is always found.
    private mutating func carry() {
        begun += 1
        guard begun >> begunBits != 0 else { return }
        begun = 0
        var index = bytes.count - 1
        while bytes[index] == 0xff {
            bytes[index] = 0
            index -= 1
        }
        bytes[index] += 1
    }

    /// The code word of the interval: the first of the shortest dyadic intervals inside it.
    ///
    /// A range of at least 2^63 holds a whole multiple of 2^62 and the 2^62 units behind it, and one of 2^63 if it lies
    /// well; it never holds one of 2^64. So the word has one or two bits more than were written.
    mutating func finish() -> Prefix {
        for bits in [UInt64(1), 2] {
            let unit: UInt64 = 1 << (64 - bits)
            let (up, overflow) = low.addingReportingOverflow(unit - 1)
            // The first multiple of the unit, modulo 2^64, and how far into the interval it lies.
            let start = up & ~(unit - 1)
            let gap = start &- low
            guard gap < range, range - gap >= unit else { continue }
            if overflow { carry() }
            put(start >> (64 - bits), bits: Int(bits))
            break
        }
        let count = 8 * bytes.count + Int(begunBits)
        var word = Prefix(wholeBytes: bytes)
        for bit in stride(from: begunBits, to: 0, by: -1) { word.append(begun >> (bit - 1) & 1 != 0) }
        assert(word.bitCount == count)
        return word
    }
}
