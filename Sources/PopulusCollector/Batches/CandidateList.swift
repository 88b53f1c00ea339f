import PopulusStringCodec
import PopulusVDAF

/// The candidates of a plain Poplar1 collection, in the order in which a person wrote them.
package struct CandidateList: Sendable {
    package let values: [[UInt8]]
    /// The level at which they are counted, from 0.
    package let level: Int
    /// The encoded aggregation parameter: level and prefixes, in ascending order.
    package let aggregationParameter: [UInt8]
    /// For each value its place among the prefixes; different strings of one hash have the same.
    private let places: [Int]
    /// How many prefixes there are.
    private let prefixCount: Int

    /// What the values are.
    package enum Kind: Hashable, Sendable {
        /// Whole strings, counted at the last level.
        case strings
        /// Beginnings of strings, all of the same length.
        case beginnings
    }

    /// - Parameters:
    ///   - lines: the values with their numbers in the file, for messages.
    ///   - bits: the length of a path.
    package init(
        lines: [(number: Int, value: [UInt8])], kind: Kind, bits: Int, encoding: any StringEncoding
    ) throws(CandidateError) {
        guard !lines.isEmpty else { throw .empty }
        var prefixes: [(prefix: Prefix, line: Int, index: Int)] = []
        prefixes.reserveCapacity(lines.count)
        for (index, line) in lines.enumerated() {
            let prefix: Prefix
            do throws(StringEncodingError) {
                prefix =
                    switch kind {
                    case .strings: try encoding.path(of: line.value, bits: bits)
                    case .beginnings: try encoding.beginning(of: line.value, bits: bits)
                    }
            } catch {
                throw .unencodable(line: line.number, error)
            }
            guard prefix.bitCount > 0 else {
                throw .unencodable(line: line.number, .tooLong(needed: prefix.bitCount, available: bits))
            }
            guard prefix.bitCount == prefixes.first?.prefix.bitCount ?? prefix.bitCount else {
                throw .otherLength(line: line.number, than: lines[0].number)
            }
            prefixes.append((prefix, line.number, index))
        }
        prefixes.sort { $0.prefix < $1.prefix }
        var places = [Int](repeating: 0, count: prefixes.count)
        var different: [Prefix] = []
        for (place, candidate) in prefixes.enumerated() {
            if different.last != candidate.prefix {
                different.append(candidate.prefix)
            } else if let same = Self.repeated(candidate.index, prefixes[..<place], lines, encoding) {
                throw .repeated(line: max(same, candidate.line), of: min(same, candidate.line))
            }
            places[candidate.index] = different.count - 1
        }
        level = (prefixes.first?.prefix.bitCount ?? 1) - 1
        // They are sorted, of one length and different: only an empty list makes no parameter.
        guard let parameter = try? Poplar1AggregationParameter(level: level, prefixes: different) else {
            throw .empty
        }
        aggregationParameter = parameter.encode()
        values = lines.map(\.value)
        prefixCount = different.count
        self.places = places
    }

    /// The line, among those before it with its prefix, that a candidate is again; nil where their strings are different.
    ///
    /// Different strings can have one hash. Both are then counted with it, since which one it is nobody can tell.
    private static func repeated(
        _ index: Int, _ before: ArraySlice<(prefix: Prefix, line: Int, index: Int)>,
        _ lines: [(number: Int, value: [UInt8])], _ encoding: any StringEncoding
    ) -> Int? {
        let prefix = before.last?.prefix
        return before.reversed().prefix { $0.prefix == prefix }
            .first { !(encoding is HashEncoding) || lines[$0.index].value == lines[index].value }?.line
    }

    /// The votes in the order of ``values``; nil where there are not as many.
    package func inOrder(_ votes: [Int128]) -> [Int128]? {
        guard votes.count == prefixCount else { return nil }
        return places.map { votes[$0] }
    }
}

/// Why lines are no candidates.
package enum CandidateError: Error, Hashable, Sendable {
    case empty
    case unencodable(line: Int, StringEncodingError)
    /// All beginnings of one collection have the same length.
    case otherLength(line: Int, than: Int)
    case repeated(line: Int, of: Int)
}
