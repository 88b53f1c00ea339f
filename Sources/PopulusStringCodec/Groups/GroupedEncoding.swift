import PopulusVDAF

/// A group, then a string of another encoding: `group-1+url-1`.
///
/// The group has the code word of ``BytesEncoding``, 8 bits a byte and 8 for the end. That word says by itself where it
/// ends, and the string's code word follows at once. So all strings of a group lie below one node of the tree, and a walk
/// finds them under it.
///
/// A hash has 64 bits here whatever the task has, since groups differ in length. Values of ``HexEncoding`` have as many
/// digits as fill the path, so that they have no room for a group.
///
/// The reserved word is that of the group's code: a string that the task cannot encode is in no group.
package struct GroupedEncoding: StringEncoding {
    package let name: String
    /// How the string is encoded that follows the group.
    package let strings: any StringEncoding

    /// What stands before the name of the encoding of strings; it has a version as every code has that may change.
    package static let prefix = "group-1+"

    /// The bits of a hash that follows a group.
    static let hashBits = HashEncoding.usualBits

    private let groups = BytesEncoding()

    /// Nil for strings that cannot follow a group.
    init?(_ strings: any StringEncoding) {
        guard !(strings is HexEncoding) else { return nil }
        self.strings = strings
        name = Self.prefix + strings.name
    }

    /// A group of one byte, and its end.
    private static let leastGroupBits = 16

    /// Hashes are all of one length: so many bits follow the group, and the rest of the path is zeros.
    var fixedBits: Int? { strings is HashEncoding ? Self.hashBits : nil }

    /// The bits that a string has after a group of so many bits.
    func stringBits(after groupBits: Int, of bits: Int) -> Int { fixedBits ?? max(0, bits - groupBits) }

    package var leastBits: Int { Self.leastGroupBits + (fixedBits ?? strings.leastBits) }

    package func capacity(bits: Int) -> String {
        guard let fixedBits else {
            // An example says more than a formula: a version has some seven bytes.
            let groupBits = bits >= 64 + strings.leastBits ? 64 : Self.leastGroupBits
            let count = groupBits / 8 - 1
            return
                "with a group of \(count) byte\(count == 1 ? "" : "s") \(strings.capacity(bits: bits - groupBits)), and 8 bits "
                + "more or less for each byte that it is shorter or longer"
        }
        let most = max(0, (bits - fixedBits) / 8 - 1)
        return "groups of at most \(most) byte\(most == 1 ? "" : "s") and " + strings.capacity(bits: fixedBits)
    }

    package func check(bits: Int) throws(StringEncodingError) {
        guard bits >= leastBits else { throw .bitsOutside(leastBits...65_535, bits: bits) }
        try strings.check(bits: stringBits(after: Self.leastGroupBits, of: bits))
    }

    package func codeWord(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        try codeWord(of: value, strings, bits: bits)
    }

    private func codeWord(
        of value: [UInt8], _ strings: some StringEncoding, bits: Int
    ) throws(StringEncodingError) -> Prefix {
        try GroupedWords(strings: strings, fixedBits: fixedBits).codeWord(of: value, bits: bits)
    }

    /// The code word of a group, with its end.
    private func groupWord(_ group: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        try GroupedWords(strings: groups, fixedBits: fixedBits).groupWord(group, bits: bits)
    }

    /// A beginning with a tab has a whole group.
    package func beginning(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        guard let whole = GroupedValue(value) else { return try groups.beginning(of: value, bits: bits) }
        let group = try groupWord(whole.group, bits: bits)
        guard !whole.string.isEmpty else { return group }
        return group.appending(
            try strings.beginning(of: whole.string, bits: stringBits(after: group.bitCount, of: bits)))
    }

    package func read(_ path: Prefix, bits: Int) -> PathReading { reader(bits: bits).appending(path).reading }

    package func reader(bits: Int) -> some PathReader { GroupReader(self, bits: bits) }

    /// That of the group's code: no group begins with a zero byte.
    package func reservedWord(bits: Int) -> Prefix? { groups.reservedWord(bits: bits) }
}
