import PopulusStringCodec
import PopulusVDAF

/// Different strings as paths in ascending order, so that those below a prefix are one range.
package struct PathTable: Sendable {
    package let bits: Int
    /// The strings that have a path, each once, in the order of their paths.
    package let values: [[UInt8]]
    /// For each string of the list that the table was made of the row of its path; nothing where it has none.
    package let rows: [Int?]
    /// Eight bytes of a path in each word, the first one the most significant; `width` words a path.
    private let words: [UInt64]
    private let width: Int

    /// Strings that the encoding or the bits cannot take have no row.
    package init(_ strings: [[UInt8]], bits: Int, encoding: any StringEncoding) {
        var paths: [[UInt8]: Prefix] = [:]
        for string in strings where paths[string] == nil {
            // Why it has no path does not matter here.
            paths[string] = try? encoding.path(of: string, bits: bits)
        }
        let sorted = paths.sorted { $0.value < $1.value }
        let places = Dictionary(uniqueKeysWithValues: zip(sorted.map(\.key), sorted.indices))
        let width = (bits + 63) / 64
        self.bits = bits
        self.width = width
        values = sorted.map(\.key)
        rows = strings.map { places[$0] }
        words = sorted.flatMap { Self.words($0.value, width, filler: 0) }
    }

    /// The bytes of a prefix as words, with `filler` behind its last bit.
    private static func words(_ prefix: Prefix, _ width: Int, filler: UInt8) -> [UInt64] {
        var words = [UInt64](repeating: filler == 0 ? 0 : .max, count: width)
        for (index, byte) in prefix.bytes.enumerated() {
            let byte =
                index == prefix.bytes.count - 1 ? byte | filler & Prefix.paddingMask(forBits: prefix.bitCount) : byte
            let shift = UInt64(56 - 8 * (index % 8))
            words[index / 8] = words[index / 8] & ~(0xff << shift) | UInt64(byte) << shift
        }
        return words
    }

    /// The rows below a prefix, looked for from a row on.
    package func rows(below prefix: Prefix, from start: Int) -> Range<Int> {
        let low = firstRow(from: start, atLeast: Self.words(prefix, width, filler: 0))
        // Most candidates are nobody's.
        guard low < values.count, !precedes(Self.words(prefix, width, filler: 0xff), low) else { return low..<low }
        return low..<firstRow(from: low, beyond: Self.words(prefix, width, filler: 0xff))
    }

    private func firstRow(from start: Int, atLeast key: [UInt64]) -> Int {
        firstRow(from: start) { row in !follows(key, row) }
    }

    private func firstRow(from start: Int, beyond key: [UInt64]) -> Int {
        firstRow(from: start) { row in precedes(key, row) }
    }

    /// The first row from `start` on of which something is true that is true of all later ones.
    private func firstRow(from start: Int, where isBehind: (Int) -> Bool) -> Int {
        var (low, high) = (start, values.count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Whether a key comes before a row.
    private func precedes(_ key: [UInt64], _ row: Int) -> Bool {
        for index in 0..<width where key[index] != words[row * width + index] {
            return key[index] < words[row * width + index]
        }
        return false
    }

    /// Whether a key comes after a row.
    private func follows(_ key: [UInt64], _ row: Int) -> Bool {
        for index in 0..<width where key[index] != words[row * width + index] {
            return key[index] > words[row * width + index]
        }
        return false
    }
}

/// How many reports hold each string of a table.
package struct SimulatedBatch: Sendable {
    package let table: PathTable
    /// The votes of each row.
    package let votes: [UInt64]
    /// The votes of all rows before each one, and of all.
    private let sums: [UInt64]

    /// - Parameter counts: the votes of each string of the list that the table was made of.
    package init(_ table: PathTable, counts: [UInt64]) {
        self.table = table
        var votes = [UInt64](repeating: 0, count: table.values.count)
        for (row, count) in zip(table.rows, counts) {
            if let row { votes[row] += count }
        }
        self.votes = votes
        var sums: [UInt64] = [0]
        sums.reserveCapacity(votes.count + 1)
        var sum: UInt64 = 0
        for count in votes {
            sum += count
            sums.append(sum)
        }
        self.sums = sums
    }

    /// How many reports there are.
    package var reports: UInt64 { sums[sums.count - 1] }

    /// How many reports begin with each of some prefixes of one length, in ascending order.
    package func counts(of candidates: [Prefix]) -> [UInt64] {
        var row = 0
        return candidates.map { candidate in
            let range = table.rows(below: candidate, from: row)
            row = range.upperBound
            return sums[range.upperBound] - sums[range.lowerBound]
        }
    }
}
