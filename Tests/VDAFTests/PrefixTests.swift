import PopulusVDAF
import Testing

@Suite struct PrefixTests {
    @Test func orderIsThatOfBitStrings() throws {
        var all: [Prefix] = [Prefix()]
        for level in 0..<10 { all += try allPrefixes(level: level).prefixes }
        all.reverse()  // ties must not be settled by the order that they come in
        let sorted = all.sorted()
        let asBits = all.sorted { $0.bits.map { $0 ? 1 : 0 }.lexicographicallyPrecedes($1.bits.map { $0 ? 1 : 0 }) }
        #expect(sorted == asBits)
    }

    @Test func ancestorsAndBits() {
        let prefix = bits("1011001110001")
        #expect(prefix.bytes == [0b1011_0011, 0b1000_1000])
        #expect(prefix.description == "1011001110001")
        for level in -1..<13 {
            let ancestor = prefix.ancestor(level: level)
            #expect(ancestor.bits == Array(prefix.bits[...level]))
            #expect(ancestor.isPrefix(of: prefix))
            #expect(ancestor == Prefix(bits: ancestor.bits))
        }
        #expect(prefix.ancestor(level: 40) == prefix)
        #expect(!bits("100").isPrefix(of: prefix) && !prefix.isPrefix(of: bits("101")))
        #expect(prefix.appending(true).bits == prefix.bits + [true])
    }

    @Test func paddingAndLengthAreChecked() throws {
        #expect(try Prefix(bytes: [0b1110_0000], bitCount: 3) == bits("111"))
        #expect(throws: VDAFError.paddingNotZero) { try Prefix(bytes: [0b1111_0000], bitCount: 3) }
        #expect(throws: VDAFError.wrongBitCount) { try Prefix(bytes: [0, 0], bitCount: 8) }
        #expect(throws: VDAFError.wrongBitCount) { try Prefix(bytes: [], bitCount: -1) }
    }

    @Test func unusedBitsAreZero() throws {
        #expect(throws: VDAFError.paddingNotZero) { try Prefix(bytes: [0xff], bitCount: 7) }
        #expect(try Prefix(bytes: [0xfe], bitCount: 7).bitCount == 7)
        #expect(throws: VDAFError.wrongBitCount) { try Prefix(bytes: [0xfe, 0x00], bitCount: 8) }
        #expect(throws: VDAFError.wrongBitCount) { try Prefix(bytes: [], bitCount: 1) }
    }

    @Test func bitsComeMostSignificantFirst() {
        var bits = Prefix()
        for bit in [true, false, true, true, false, false, false, false, true] { bits.append(bit) }
        #expect(bits.bytes == [0b1011_0000, 0b1000_0000] && bits.bitCount == 9)
        #expect(bits.bit(0) && !bits.bit(1) && bits.bit(8))
        #expect(bits.padded(to: 17).bytes == [0b1011_0000, 0b1000_0000, 0])
        #expect(bits.isPrefix(of: bits.padded(to: 17)))
        #expect(!bits.appending(false).isPrefix(of: bits.appending(true)))
        #expect(Prefix(wholeBytes: [0xb0, 0x80]).ancestor(level: 8) == bits)
    }

    @Test func orderAmongBeginningsIsThatOfTheBeginnings() throws {
        var all: [Prefix] = [Prefix()]
        for level in [0, 3, 7, 8, 9] { all += try allPrefixes(level: level).prefixes }
        for one in all {
            for other in all where one.bitCount <= other.bitCount {
                let beginning = other.ancestor(level: one.level)
                let order = one.order(amongBeginningsOf: other)
                #expect((order < 0) == (one < beginning) && (order == 0) == (one == beginning))
                #expect(one.isPrefix(of: other) == (one == beginning))
            }
        }
    }
}
