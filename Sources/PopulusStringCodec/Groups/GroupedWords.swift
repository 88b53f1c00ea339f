import PopulusVDAF

/// The code words of ``GroupedEncoding``: a group's, and behind it a string's of another encoding.
///
/// A type of its own, for programs that know the encoding of the strings when they are compiled.
package struct GroupedWords<Strings: StringEncoding>: Sendable {
    let strings: Strings
    /// The bits that a string has whatever its group is; nothing where it has what the group leaves.
    let fixedBits: Int?

    package init(strings: Strings, fixedBits: Int?) {
        self.strings = strings
        self.fixedBits = fixedBits
    }

    /// The bits that a string has after a group of so many bits.
    func stringBits(after groupBits: Int, of bits: Int) -> Int { fixedBits ?? max(0, bits - groupBits) }

    /// The code word of a group, a tab and a string, at most `bits` bits long.
    package func codeWord(of value: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        guard let value = GroupedValue(value) else { throw .noGroup }
        let group = try groupWord(value.group, bits: bits)
        let string: Prefix
        do throws(StringEncodingError) {
            string = try strings.codeWord(of: value.string, bits: stringBits(after: group.bitCount, of: bits))
        } catch .tooManyBytes(let count, most: _, bits: _) {
            throw .tooLong(needed: group.bitCount + 8 * (count + 1), available: bits)
        } catch .tooLong(let needed, available: _) {
            throw .tooLong(needed: group.bitCount + needed, available: bits)
        }
        guard group.bitCount + string.bitCount <= bits else {
            throw .tooLong(needed: group.bitCount + string.bitCount, available: bits)
        }
        return group.appending(string)
    }

    /// The code word of a group, with its end.
    func groupWord(_ group: [UInt8], bits: Int) throws(StringEncodingError) -> Prefix {
        // The only byte beside those of `bytes` that no group has; an index counts from the value's beginning.
        guard !group.isEmpty, !group.contains(GroupedValue.separator) else { throw .noGroup }
        return try BytesEncoding().codeWord(of: group, bits: bits)
    }
}

extension Prefix {
    /// The bits of both, one after the other.
    func appending(_ other: Prefix) -> Prefix {
        guard bitCount % 8 == 0 else { return Prefix(bits: bits + other.bits) }
        let whole = Prefix(wholeBytes: bytes + other.bytes)
        return other.bitCount % 8 == 0 ? whole : whole.ancestor(level: bitCount + other.bitCount - 1)
    }
}
