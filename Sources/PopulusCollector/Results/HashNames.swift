import PopulusStringCodec
import PopulusVDAF

/// Looks for the strings whose hashes are popular, among strings that somebody knows.
///
/// Only matches are kept, and eight bytes of every string that was looked at, so that it does not matter how long the
/// list is.
package struct HashLookup: Sendable {
    private let encoding: any StringEncoding
    private let bits: Int
    /// For each popular hash, as results have it, the strings that were found.
    private var matches: [[UInt8]: Set<[UInt8]>]
    /// The first 64 bits of the hash of every string.
    private var seen: [UInt64] = []
    private var leftOut = 0

    /// - Parameters:
    ///   - hashes: those of a result, without the groups that they are in.
    ///   - encoding: the task's; an encoding whose values are hashes.
    package init(_ hashes: [[UInt8]], encoding: any StringEncoding, bits: Int) {
        self.encoding = encoding
        self.bits = bits
        matches = Dictionary(hashes.map { ($0, []) }) { first, _ in first }
    }

    /// Looks at one string.
    package mutating func look(at string: [UInt8]) {
        // A hash has room in every task of hashes; a task of another length has none of them.
        guard let path = try? encoding.path(of: string, bits: bits) else { return }
        seen.append(path.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        guard case .complete(let hash, _) = encoding.read(path, bits: bits) else { return }
        matches[hash]?.insert(string)
    }

    /// Counts what stands in the list and is no string of a client.
    package mutating func leaveOut() { leftOut += 1 }

    /// What was found.
    package func names() -> HashNames {
        let sorted = matches.mapValues { $0.sorted { $0.lexicographicallyPrecedes($1) } }
        return HashNames(matches: sorted, listed: Set(seen).count, leftOut: leftOut, bits: bits)
    }
}

/// The known strings of popular hashes.
///
/// A hash of few bits is that of several strings, and which of them clients had nobody can tell: all are shown, and none is
/// chosen. A hash without a string is unnamed, and not secret: who guesses its string can test the guess.
package struct HashNames: Hashable, Sendable {
    /// For each popular hash all strings of the list that have it, ascending by bytes.
    private let matches: [[UInt8]: [[UInt8]]]
    /// How many different hashes the strings of the list have.
    package let listed: Int
    /// How many lines of the list stand for no string.
    package let leftOut: Int
    package let bits: Int

    package init(matches: [[UInt8]: [[UInt8]]], listed: Int, leftOut: Int, bits: Int) {
        self.matches = matches
        self.listed = listed
        self.leftOut = leftOut
        self.bits = bits
    }

    /// All strings of the list that have a hash.
    package func strings(of hash: [UInt8]) -> [[UInt8]] { matches[hash] ?? [] }

    /// The popular hashes that no string of the list has.
    package var unnamed: Int { matches.values.count(where: \.isEmpty) }

    /// The popular hashes that more than one string of the list has.
    package var ambiguous: Int { matches.values.count { $0.count > 1 } }

    /// How many popular strings that are not in the list get the name of one that is, on average.
    ///
    /// A string that is not in the list has the hash of one that is with the chance of the list's hashes among all.
    package var expectedWrongNames: Double {
        Double(unnamed) * Double(listed) / Double(sign: .plus, exponent: bits, significand: 1)
    }
}
