import PopulusCollector
import PopulusStringCodec

/// One row of a result as it is shown: a popular string, or what a popular hash may be.
package struct ResultRow: Hashable, Sendable {
    /// The group that the string is counted in; nil in tasks without groups.
    package let group: [UInt8]?
    /// The string, without its group.
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
    /// - Parameters:
    ///   - grouped: whether each value is a group and a string.
    ///   - names: the known strings, where the values are hashes and some are known.
    package static func rows(
        of strings: [PopularString], grouped: Bool = false, _ names: HashNames?
    ) -> [[ResultRow]] {
        let parts = strings.map { (string: $0, parts: grouped ? GroupedValue($0.value) : nil) }
        guard let names else {
            return parts.sorted { PopularString.precedes($0.string, $1.string) }.map { string, parts in
                [ResultRow(group: parts?.group, value: parts?.string ?? string.value, string: string, known: nil)]
            }
        }
        return parts.map { rows(of: $0.string, $0.parts, names) }.sorted { one, other in
            // What is shown is sorted, not the hash behind it.
            func shown(_ rows: [ResultRow]) -> PopularString {
                PopularString(value: (rows[0].group ?? []) + rows[0].value, count: rows[0].string?.count ?? 0)
            }
            return PopularString.precedes(shown(one), shown(other))
        }
    }

    /// All strings of the list are shown, and none is chosen: where there are several the count stays the hash's.
    private static func rows(
        of string: PopularString, _ parts: GroupedValue?, _ names: HashNames
    ) -> [ResultRow] {
        let (group, hash) = (parts?.group, parts?.string ?? string.value)
        let strings = names.strings(of: hash)
        switch strings.count {
        case 0: return [ResultRow(group: group, value: hash, string: string, known: .no)]
        case 1: return [ResultRow(group: group, value: strings[0], string: string, known: .yes)]
        default:
            return [ResultRow(group: group, value: hash, string: string, known: .several)]
                + strings.map { ResultRow(group: group, value: $0, string: nil, known: .maybe) }
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
