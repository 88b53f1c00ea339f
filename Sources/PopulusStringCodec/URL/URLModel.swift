/// How likely each byte is after the three bytes before it, or the end of the string: the static model of `url-1`.
///
/// A *context* is the last three bytes or fewer, NUL standing for what comes before the first. A *row* holds the
/// frequencies of all 257 symbols after one context, whole numbers of at least 16 that sum to 2^16. The row of the longest
/// context that has one is used.
package final class URLModel: Sendable {
    /// Symbol 0 is the end of the string, symbol b + 1 the byte b: so the paths of strings are in the order of the strings.
    package static let end = 0
    package static let symbols = 257
    /// The sum of a row's frequencies.
    package static let total: UInt32 = 1 << 16
    /// The least frequency: no symbol takes more than 12 bits.
    package static let floor: UInt32 = 16
    /// The most bytes of a context.
    package static let order = 3

    /// The model of the tables that this program holds, made when it is first used: two and a half megabytes.
    static let url1 = URLModel(tables: URLTables.bytes)

    /// The sums of the frequencies before the symbols 1 to 256, row after row.
    private let sums: [UInt16]
    private let rows: URLContexts

    init(tables: [UInt8]) {
        var builder = URLModelBuilder(tables)
        builder.build()
        sums = builder.sums
        rows = builder.rows
    }

    /// How many rows there are.
    var rowCount: Int { sums.count / 256 }

    /// The row after a context, the last three bytes, of which the last has the lowest eight bits.
    func row(after context: UInt32) -> Int {
        for order in stride(from: Self.order, to: 0, by: -1) {
            if let row = rows[context, order: order] { return row }
        }
        return 0
    }

    /// The context after one more byte.
    package static func context(_ context: UInt32, and byte: UInt8) -> UInt32 {
        (context << 8 | UInt32(byte)) & 0xff_ffff
    }

    /// The sum of the frequencies before `symbol`, 2^16 after the last.
    func sum(before symbol: Int, row: Int) -> UInt32 {
        switch symbol {
        case 0: 0
        case Self.symbols: Self.total
        default: UInt32(sums[256 * row + symbol - 1])
        }
    }

    /// The symbol to which a cumulative frequency below 2^16 belongs.
    func symbol(at cumulative: UInt32, row: Int) -> Int {
        // How many of the row's 256 sums are at most `cumulative`.
        var (low, high) = (256 * row, 256 * row + 256)
        while low < high {
            let middle = (low + high) / 2
            if UInt32(sums[middle]) <= cumulative { low = middle + 1 } else { high = middle }
        }
        return low - 256 * row
    }
}
