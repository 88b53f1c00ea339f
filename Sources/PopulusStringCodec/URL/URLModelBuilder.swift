/// Makes the rows of a model from its tables: for each context the symbols that were seen after it, and how often.
///
/// The tables hold the contexts of no byte, one byte, two and three, each kind behind its number (two bytes, the most
/// significant first) and in ascending order. A context is its bytes, the number of its listed symbols (one byte), and
/// for each of those two bytes: the symbol (a byte of a string, or 0 for the end) and the *level* of its frequency.
///
/// A symbol that is not listed gets the least frequency, and a share of what the listed ones leave, in proportion to
/// its frequency after the context without its first byte.
package struct URLModelBuilder {
    private(set) var sums: [UInt16] = []
    private(set) var rows = URLContexts()
    /// The frequencies of the rows so far.
    private var frequencies: [[UInt32]] = []
    private let tables: [UInt8]
    private var position = 0

    init(_ tables: [UInt8]) { self.tables = tables }

    /// The frequency of a level, 16 to 63,488: four bits behind a leading one, and how far they are shifted.
    package static func frequency(ofLevel level: UInt8) -> UInt32 { (16 + UInt32(level & 15)) << UInt32(level >> 4) }

    private mutating func take() -> UInt8 {
        defer { position += 1 }
        return tables[position]
    }

    mutating func build() {
        for order in 0...URLModel.order {
            let count = Int(take()) << 8 | Int(take())
            for _ in 0..<count {
                var context: UInt32 = 0
                for _ in 0..<order { context = URLModel.context(context, and: take()) }
                var listed: [(symbol: Int, frequency: UInt32)] = []
                for _ in 0..<take() {
                    let byte = take()
                    listed.append((byte == 0 ? URLModel.end : Int(byte) + 1, Self.frequency(ofLevel: take())))
                }
                rows.add(frequencies.count, for: context, order: order)
                add(Self.row(listed, below: shorter(context, order: order)))
            }
        }
        precondition(position == tables.count, "tables hold more than their rows")
    }

    /// The frequencies after the longest context before this one that has a row; all alike where there is none.
    private func shorter(_ context: UInt32, order: Int) -> [UInt32] {
        for order in stride(from: order - 1, through: 0, by: -1) {
            if let row = rows[context, order: order] { return frequencies[row] }
        }
        return [UInt32](repeating: URLModel.floor, count: URLModel.symbols)
    }

    /// The frequencies of all symbols, from those of the listed ones.
    ///
    /// - Precondition: the listed ones leave at least the least frequency for each of the others.
    static func row(_ listed: [(symbol: Int, frequency: UInt32)], below shorter: [UInt32]) -> [UInt32] {
        var row = [UInt32](repeating: 0, count: URLModel.symbols)
        for (symbol, frequency) in listed { row[symbol] = frequency }
        let unlisted = row.indices.filter { row[$0] == 0 }
        let left = UInt64(URLModel.total - row.reduce(0, +) - URLModel.floor * UInt32(unlisted.count))
        func weight(_ symbol: Int) -> UInt64 { UInt64(shorter[symbol] - URLModel.floor + 1) }
        let weights = unlisted.reduce(0) { $0 + weight($1) }
        for symbol in unlisted { row[symbol] = URLModel.floor + UInt32(left * weight(symbol) / weights) }
        // What rounding left goes to the first of the most frequent symbols.
        var greatest = 0
        for symbol in row.indices where row[symbol] > row[greatest] { greatest = symbol }
        row[greatest] += URLModel.total - row.reduce(0, +)
        return row
    }

    private mutating func add(_ row: [UInt32]) {
        frequencies.append(row)
        var sum: UInt32 = 0
        for frequency in row.dropLast() {
            sum += frequency
            sums.append(UInt16(sum))
        }
    }
}
