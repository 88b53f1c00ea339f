import PopulusCollector
import ResultText
import Testing

@Suite struct CSVWriterTests {
    private func text(_ strings: [(String, Int64)], total: UInt64, raw: Bool = false) -> String {
        let strings = strings.map { PopularString(value: Array($0.0.utf8), count: $0.1) }
        return String(decoding: CSVWriter(raw: raw).file(of: strings, total: total), as: UTF8.self)
    }

    @Test func mostVotesComeFirstAndTiesGoByBytes() {
        #expect(
            text([("b", 2), ("ä", 2), ("c", 7), ("a", 2)], total: 16)
                == "value,count,fraction\r\nc,7,0.437500\r\na,2,0.125000\r\nb,2,0.125000\r\nä,2,0.125000\r\n")
        #expect(text([], total: 0) == "value,count,fraction\r\n")
    }

    @Test func fieldsAreQuotedWhereRFC4180Asks() {
        #expect(text([("a,b", 1)], total: 1).hasSuffix("\r\n\"a,b\",1,1.000000\r\n"))
        #expect(text([("say \"hi\"", 1)], total: 1).hasSuffix("\r\n\"say \"\"hi\"\"\",1,1.000000\r\n"))
        #expect(text([("a\nb", 1)], total: 1, raw: true).hasSuffix("\r\n\"a\nb\",1,1.000000\r\n"))
        #expect(text([("", 1)], total: 3).hasSuffix("\r\n\"\",1,0.333333\r\n"))
    }

    /// Where the comma is the decimal sign, semicolons and tabs separate fields.
    @Test func fieldsAreQuotedForEverySpreadsheet() {
        #expect(text([("a;b", 1)], total: 1).hasSuffix("\r\n\"a;b\",1,1.000000\r\n"))
        #expect(text([("a;b", 1)], total: 1, raw: true).hasSuffix("\r\n\"a;b\",1,1.000000\r\n"))
        #expect(text([("a\tb", 1)], total: 1, raw: true).hasSuffix("\r\n\"a\tb\",1,1.000000\r\n"))
    }

    /// Who splits a cell at its separators makes a formula of what follows one.
    @Test func aFormulaBehindASeparatorIsEscaped() {
        for (value, field) in [
            ("x;=1+1;", #""x;\x3d1+1;""#), ("x,-1", #""x,\x2d1""#), ("x; +1", #""x; \x2b1""#),
            ("x;\"@a", #""x;""\x40a""#), ("x;\u{ff1d}1", #""x;\xef\xbc\x9d1""#), ("x;y=1", #""x;y=1""#),
            ("=1;=2", #""'=1;\x3d2""#), ("https://a/?x=1&y=-1", "https://a/?x=1&y=-1"),
        ] {
            #expect(text([(value, 1)], total: 1).hasSuffix("\r\n\(field),1,1.000000\r\n"), "\(value)")
            #expect(text([(value, 1)], total: 1, raw: true).contains(value.replacing("\"", with: "\"\"")))
        }
    }

    @Test func joinersInsideTextAreLegible() {
        for value in ["\u{645}\u{6cc}\u{200c}\u{62e}\u{648}", "\u{1f469}\u{200d}\u{1f4bb}"] {
            #expect(text([(value, 1)], total: 1).hasSuffix("\r\n\(value),1,1.000000\r\n"))
        }
        #expect(text([("a\u{200d}b", 1)], total: 1).hasSuffix("\r\na\\xe2\\x80\\x8db,1,1.000000\r\n"))
    }

    @Test func formulasGetAnApostrophe() {
        let wide = ["＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫"]
        for first in ["=", "+", "-", "@", "'"] + wide {
            #expect(text([(first + "1", 1)], total: 1).hasSuffix("\r\n'\(first)1,1,1.000000\r\n"))
            #expect(text([(first + "1", 1)], total: 1, raw: true).hasSuffix("\r\n\(first)1,1,1.000000\r\n"))
        }
    }

    /// A spreadsheet skips them, and looks at what comes next.
    @Test func whatIsSkippedBeforeAFormulaGetsAnApostrophe() {
        for (first, escaped) in [("\t", "x09"), ("\r", "x0d"), ("\n", "x0a")] {
            #expect(text([(first + "=1", 1)], total: 1).hasSuffix("\r\n'\\\(escaped)=1,1,1.000000\r\n"))
        }
        #expect(text([("a\t=1", 1)], total: 1).hasSuffix("\r\na\\x09=1,1,1.000000\r\n"))
    }

    @Test func bytesThatAreNotPrintableAreEscaped() {
        let value: [UInt8] = [0x61, 0x09, 0xc3, 0xa4, 0xc3, 0x5c, 0xe2, 0x80, 0xae, 0xff, 0x20, 0x7f, 0xf0, 0x9f]
        #expect(
            String(decoding: CSVWriter.escaped(value), as: UTF8.self)
                == #"a\x09ä\xc3\\\xe2\x80\xae\xff \x7f\xf0\x9f"#)
    }

    @Test(arguments: [31, 32, 33] as [UInt64])
    func escapesCanBeUndone(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<500 {
            let letters: [UInt8] = Array(#"\x'ä€=,"#.utf8) + [0xff, 0x0a]
            let value = (0..<Int.random(in: 0...9, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? 0
            }
            #expect(CSVWriter.unescaped(CSVWriter.escaped(value)) == value, "seed \(seed)")
            #expect(String(validating: CSVWriter.escaped(value), as: UTF8.self) != nil)
        }
        #expect(CSVWriter.unescaped(Array(#"\y"#.utf8)) == nil)
        #expect(CSVWriter.unescaped(Array(#"\x4"#.utf8)) == nil)
    }

    @Test func fractionsAreRoundedToSixDecimals() {
        #expect(CSVWriter.fraction(2, of: 3) == "0.666667")
        #expect(CSVWriter.fraction(1, of: 2_000_000) == "0.000001")
        #expect(CSVWriter.fraction(1, of: 2_000_001) == "0.000000")
        #expect(CSVWriter.fraction(.max, of: .max) == "1.000000")
    }
}

@Suite struct ThresholdTests {
    @Test func countsAndSharesAreRead() {
        #expect(Threshold("10") == .count(10))
        #expect(Threshold("0.1%") == .share(numerator: 1, denominator: 1000))
        #expect(Threshold("100%") == .share(numerator: 100, denominator: 100))
        for wrong in ["", "0", "-1", "1.5", "0%", "0.0%", "101%", "%", ".5%", "1.%", "1e1", "1 %", "+1", "٣"] {
            #expect(Threshold(wrong) == nil, "\(wrong)")
        }
    }

    @Test func sharesAreRoundedUp() throws {
        let share = try #require(Threshold("0.1%"))
        #expect(share.votes(among: 10_000) == 10)
        #expect(share.votes(among: 10_001) == 11)
        #expect(share.votes(among: 1) == 1)
        #expect(share.votes(among: 0) == 1)
        #expect(try #require(Threshold("100%")).votes(among: .max) == .max)
    }
}
