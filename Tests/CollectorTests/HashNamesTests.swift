import PopulusCollector
import PopulusStringCodec
import PopulusVDAF
import ResultText
import Testing

/// Popular hashes get the names that a list has for them: all of them, and none chosen.
@Suite struct HashNamesTests {
    private static let encoding = HashEncoding(taskID: [UInt8](0..<32))
    /// Two strings of one hash of 32 bits, which was looked for.
    private static let (one, other) = ("https://example.org/8694", "https://example.org/91390")
    private static let both = "3a37b38a"
    private static let alpha = "c18d050d"

    private static let result = [
        PopularString(value: Array(both.utf8), count: 9), PopularString(value: Array(alpha.utf8), count: 5),
        PopularString(value: Array("00000000".utf8), count: 5),
    ]

    private static func names(_ list: [String]) -> HashNames {
        var lookup = HashLookup(result.map(\.value), encoding: encoding, bits: 32)
        for string in list { lookup.look(at: Array(string.utf8)) }
        return lookup.names()
    }

    @Test func allStringsOfAHashAreFoundOnce() {
        let names = Self.names([Self.other, "nobody", "alpha", Self.one, Self.one, "alpha"])
        #expect(names.strings(of: Array(Self.both.utf8)) == [Array(Self.one.utf8), Array(Self.other.utf8)])
        #expect(names.strings(of: Array(Self.alpha.utf8)) == [Array("alpha".utf8)])
        #expect(names.strings(of: Array("00000000".utf8)).isEmpty)
        // Two of the list's strings share a hash.
        #expect(names.listed == 3 && names.unnamed == 1 && names.ambiguous == 1)
        #expect(names.expectedWrongNames == 1 * 3 / 4_294_967_296.0)
    }

    @Test func aListOfNothingNamesNothing() {
        let names = Self.names([])
        #expect(names.listed == 0 && names.unnamed == 3 && names.ambiguous == 0 && names.expectedWrongNames == 0)
    }

    /// A count stands once, at its hash: the counts of a file are those of different reports.
    @Test func aFileSaysWhichNamesAreKnown() {
        let names = Self.names(["alpha", Self.one, Self.other])
        let file = String(decoding: CSVWriter().file(of: Self.result, total: 100, names: names), as: UTF8.self)
        #expect(
            file == """
                value,count,fraction,known\r
                3a37b38a,9,0.090000,several\r
                https://example.org/8694,,,maybe\r
                https://example.org/91390,,,maybe\r
                00000000,5,0.050000,no\r
                alpha,5,0.050000,yes\r

                """)
        let sorted = String(
            decoding: CSVWriter().file(of: Self.result, total: 100, names: Self.names([])), as: UTF8.self)
        #expect(sorted.contains("3a37b38a,9,0.090000,no\r\n00000000,5,0.050000,no\r\nc18d050d,5,0.050000,no\r\n"))
    }

    @Test func withoutAListTheFileIsAsEver() {
        let file = String(decoding: CSVWriter().file(of: Self.result, total: 100), as: UTF8.self)
        #expect(file.hasPrefix("value,count,fraction\r\n3a37b38a,9,0.090000\r\n") && !file.contains("known"))
        for header in ["value,count,fraction", "value,count,fraction,low,high"] {
            #expect(CSVHeader.walks.contains(header) && CSVHeader.walks.contains(header + ",known"))
        }
    }
}
