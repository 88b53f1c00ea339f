import Collector

/// One row of a result as it is shown: a popular string, or what a popular hash may be.
package struct ResultRow: Hashable, Sendable {
    package let value: [UInt8]
    /// The count; nil where the row only says what the hash above it may be.
    package let string: PopularString?
    /// Where a list of known strings is given, whether it has the string.
    package let known: Known?

    package enum Known: String, Hashable, Sendable {
        /// One string of the list has the hash: the value is that string.
        case yes
        /// No string of the list has it: the value is the hash in hexadecimal digits.
        case no
        /// Several strings of the list have it: the value is the hash, and the strings follow, each in a row of its own.
        case several
        /// One of the strings of the hash above, which has the count.
        case maybe
    }

    /// The rows of each string of a result, most votes first; among equals, ascending by bytes.
    ///
    /// - Parameter names: the known strings, where the values are hashes and some are known.
    package static func rows(of strings: [PopularString], _ names: HashNames?) -> [[ResultRow]] {
        guard let names else {
            return strings.sorted(by: PopularString.precedes).map { string in
                [ResultRow(value: string.value, string: string, known: nil)]
            }
        }
        return strings.map { rows(of: $0, names) }.sorted { one, other in
            // What is shown is sorted, not the hash behind it.
            func shown(_ rows: [ResultRow]) -> PopularString {
                PopularString(value: rows[0].value, count: rows[0].string?.count ?? 0)
            }
            return PopularString.precedes(shown(one), shown(other))
        }
    }

    /// All strings of the list are shown, and none is chosen: where there are several the count stays the hash's.
    private static func rows(of string: PopularString, _ names: HashNames) -> [ResultRow] {
        let strings = names.strings(of: string.value)
        switch strings.count {
        case 0: return [ResultRow(value: string.value, string: string, known: .no)]
        case 1: return [ResultRow(value: strings[0], string: string, known: .yes)]
        default:
            return [ResultRow(value: string.value, string: string, known: .several)]
                + strings.map { ResultRow(value: $0, string: nil, known: .maybe) }
        }
    }
}

extension HashNames {
    /// What the JSON of a result says of the list of known strings.
    var members: [(name: String, value: String)] {
        let facts = [
            ("strings", "\(listed)"), ("left_out", "\(leftOut)"), ("unnamed", "\(unnamed)"),
            ("ambiguous", "\(ambiguous)"), ("expected_wrong_names", "\(expectedWrongNames)"),
        ]
        return [("dictionary", JSONText.object(facts))]
    }

    /// All known strings of a hash, written as values are.
    func known(_ hash: [UInt8]) -> [(name: String, value: String)] {
        [("known", JSONText.array(strings(of: hash).map { JSONText.string(CSVWriter.escaped($0)) }))]
    }
}
