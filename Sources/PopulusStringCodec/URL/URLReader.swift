import PopulusVDAF

/// Reads paths of ``URLEncoding``.
///
/// The bits so far stand for a *dyadic interval*, 2^-n long after n bits. While it lies inside the interval of one
/// symbol, that symbol is certain, and the reader goes on inside. `range` is the length of the model's interval and
/// `offset` and `width` say where the dyadic one lies in it, all in units of 2^-(64+k).
struct URLReader: PathReader {
    private enum Place {
        /// Only zero bits so far, too few to tell.
        case start
        case open, complete, other, impossible
    }

    private let model: URLModel
    /// The length of the task's paths.
    private let bits: Int
    private var place = Place.start
    private var count = 0
    /// The bytes of the symbols that are certain.
    private(set) var certain: [UInt8] = []
    private var context: UInt32 = 0
    /// The model's row after the context.
    private var row: Int
    private var range = URLInterval.whole
    /// At most `range - width`.
    private var offset: UInt64 = 0
    /// At least 2 while the path is open: an interval of one unit crosses no bound of two symbols.
    private var width: UInt64 = 0
    /// The length of the code word that has ended.
    private var wordLength = 0

    init(_ model: URLModel, bits: Int) {
        self.model = model
        self.bits = bits
        row = model.row(after: 0)
    }

    var reading: PathReading {
        switch place {
        case .start, .open: .open(shortest: shortest)
        case .complete: .complete(value: certain, length: wordLength)
        case .other: .other(length: wordLength)
        case .impossible: .impossible
        }
    }

    func appending(_ bit: Bool) -> Self {
        var reader = self
        reader.append(bit)
        return reader
    }

    func appending(_ path: Prefix) -> Self {
        var reader = self
        for index in 0..<path.bitCount { reader.append(path.bit(index)) }
        return reader
    }

    private mutating func append(_ bit: Bool) {
        count += 1
        switch place {
        case .start:
            if bit {
                place = .open
                width = 1 << UInt64(64 - count)
                offset = width - URLInterval.reserved
                descend(bit)
            } else if count == URLInterval.reservedBits {
                end(.other)
            }
        case .open:
            width /= 2
            if bit { offset += width }
            descend(bit)
        case .complete, .other:
            if bit { place = .impossible }
        case .impossible:
            break
        }
    }

    private mutating func end(_ place: Place) {
        self.place = place
        wordLength = count
    }

    /// Takes the symbols that have become certain with `bit`, the last bit of the path.
    private mutating func descend(_ bit: Bool) {
        while true {
            let symbol = model.symbol(at: URLInterval.cumulative(at: offset, of: range), row: row)
            let from = URLInterval.bound(model.sum(before: symbol, row: row), of: range)
            let to = URLInterval.bound(model.sum(before: symbol + 1, row: row), of: range)
            guard to - offset >= width else { return }
            guard symbol != URLModel.end else {
                if isCodeWord(from: from, to: to, last: bit) { end(.complete) } else { place = .impossible }
                return
            }
            let byte = UInt8(symbol - 1)
            certain.append(byte)
            context = URLModel.context(context, and: byte)
            row = model.row(after: context)
            offset -= from
            range = to - from
            let shift = UInt64(range.leadingZeroBitCount)
            offset <<= shift
            width <<= shift
            range <<= shift
        }
    }

    /// Whether the dyadic interval, inside the end's interval since its last bit, is the first of the shortest there.
    ///
    /// Its parent is not inside. After a one bit the parent begins too early, so a longer dyadic interval could only be
    /// the parent's right neighbour, and none of the same length comes before. After a zero bit the parent ends too
    /// late, so a longer one could only be the parent's left neighbour, and that one holds the interval just before.
    private func isCodeWord(from: UInt64, to: UInt64, last bit: Bool) -> Bool {
        bit ? (to - offset - width) / 2 < width : offset - from < width
    }

    /// The fewest bits of a code word that begins with the path, or a number below.
    ///
    /// Exact where few bits are left of the task's: there it decides which candidates are asked for.
    private var shortest: Int {
        let left = bits - count
        guard left > 0, left <= Self.exactBits else { return count + 1 }
        return (1...left).first(where: leadsToWord).map { count + $0 } ?? bits + 1
    }

    /// How many bits before the end of a path the reader looks ahead.
    private static let exactBits = 4

    /// Whether a code word ends within so many bits more.
    private func leadsToWord(within most: Int) -> Bool {
        [false, true].contains { bit in
            let child = appending(bit)
            switch child.place {
            case .complete, .other: return true
            case .impossible: return false
            case .start, .open: return most > 1 && child.leadsToWord(within: most - 1)
            }
        }
    }
}
