import Foundation

/// Strings of random bits, and how often each is drawn: all of it from a seed.
struct Corpus: Sendable {
    /// The strings, most popular first, as bytes of which the first `bits` bits count.
    let strings: [[UInt8]]
    /// The string of each report, as its index.
    let draws: [Int32]

    /// Draws `reports` of `count` strings with Zipf's law: the n-th has weight 1 / n^exponent.
    init(reports: Int, strings count: Int, bits: Int, exponent: Double, seed: UInt64) {
        var random = SplitMix(state: seed)
        strings = (0..<count).map { _ in random.bits(bits) }
        var cumulative: [Double] = []
        cumulative.reserveCapacity(count)
        for rank in 1...count { cumulative.append((cumulative.last ?? 0) + pow(Double(rank), -exponent)) }
        let total = cumulative.last ?? 1
        draws = (0..<reports).map { _ in
            let point = Double(random.next() >> 11) * 0x1p-53 * total
            // The first whose cumulative weight is beyond the point.
            var (low, high) = (0, count - 1)
            while low < high {
                let middle = (low + high) / 2
                if cumulative[middle] > point { high = middle } else { low = middle + 1 }
            }
            return Int32(low)
        }
    }

    /// The strings with at least `votes` votes and their counts, most votes first, ties by bytes: the plaintext count.
    func popular(votes: Int) -> [(string: [UInt8], count: Int)] {
        var counts = [Int](repeating: 0, count: strings.count)
        for draw in draws { counts[Int(draw)] += 1 }
        return zip(strings, counts).filter { $0.1 >= votes }.map { (string: $0.0, count: $0.1) }
            .sorted { $0.count != $1.count ? $0.count > $1.count : $0.string.lexicographicallyPrecedes($1.string) }
    }
}

/// A small generator with a seed: the same run on every machine.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// So many random bits, most significant first; the rest of the last byte is zero.
    mutating func bits(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while 8 * bytes.count < count { withUnsafeBytes(of: next().bigEndian) { bytes.append(contentsOf: $0) } }
        bytes.removeLast(bytes.count - (count + 7) / 8)
        if count % 8 != 0 { bytes[bytes.count - 1] &= 0xff << UInt8(8 - count % 8) }
        return bytes
    }
}
