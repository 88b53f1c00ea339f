import Testing
import VDAF

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
}
