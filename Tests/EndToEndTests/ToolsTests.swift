import Foundation
import Testing

/// The scripts that the other end-to-end tests rely on.
@Suite struct ToolsTests {
    @Test func theSameSeedDrawsTheSameStrings() async throws {
        try await Scratch.with { scratch in
            let urls = try await scratch.make("urls", with: "make-urls", "--seed", "1", "--count", "200")
            let draws = try await (0..<3).asyncMap {
                try await scratch.make(
                    "draw\($0)", with: "draw-zipf", "--seed", "\($0 % 2)", "--count", "500", urls.path)
            }
            #expect(Scratch.text(draws[0]) == Scratch.text(draws[2]))
            #expect(Scratch.text(draws[0]) != Scratch.text(draws[1]))

            // The first draws of seed 0, so that a change of the sequence does not pass unnoticed.
            let lines = Scratch.text(urls).split(separator: "\n")
            let drawn = Scratch.text(draws[0]).split(separator: "\n")
            #expect(drawn.count == 500)
            #expect(drawn.prefix(4).map { lines.firstIndex(of: $0) } == [74, 43, 5, 1])
            #expect(drawn.filter { $0 == lines[0] }.count > drawn.filter { $0 == lines[9] }.count)
        }
    }

    @Test func longLinesAreAppendedOnRequest() async throws {
        try await Scratch.with { scratch in
            let file = try scratch.write(Data("ab\r\n\nabcd\nabc\nlast longer".utf8), to: "lines")
            let drawn = try await scratch.make(
                "drawn", with: "draw-zipf", "--seed", "1", "--count", "5", "--max-bytes", "3", "--append-longer",
                file.path)
            let lines = Scratch.text(drawn).split(separator: "\n")
            #expect(lines.count == 7)
            #expect(Set(lines.prefix(5)).isSubset(of: ["ab", "abc"]))
            #expect(lines.suffix(2) == ["abcd", "last longer"])
        }
    }

    /// Lines with every rule in them: 3 of `a`, 2 of each other, and three that make no report at 64 bits.
    static let lines = "a\na\r\n\n\r\n=1\n=1\nx\\y\nx\\y\n12345678\n\u{1}b\n\u{e9}\"\n\u{e9}\"\n\0\n1234567\na"
    static let identical = #"""
        value,count,fraction
        a,3,0.300000
        '=1,2,0.200000
        x\\y,2,0.200000
        "\xc3\xa9""",2,0.200000

        """#

    @Test(arguments: [
        (identical, "identical to the plaintext count"),
        (identical.replacing("\n", with: "\r\n"), "identical to the plaintext count"),
        (identical.replacing("\\xc3\\xa9", with: "\u{e9}"), "identical to the plaintext count"),
        (identical.replacing("a,3,0.3", with: "a,4,0.4"), "b'a': 3 expected, 4 found"),
        (identical.replacing("a,3,0.300000\n", with: ""), "b'a': 3 expected, nothing found"),
        (identical + "z,2,0.200000\n", "b'z': nothing expected, 2 found"),
        (identical.replacing("0.300000", with: "0.3"), "the fraction 0.3 for 3 of 10 reports"),
        (identical.replacing("0.300000", with: "0.300002"), "the fraction 0.300002 for 3 of 10 reports"),
        (identical.replacing("'=", with: "="), "row 2: no quote in front"),
        (identical.replacing("x\\\\y", with: "x\\y"), "row 3: a backslash that begins no escape"),
        (identical + "a,3,0.300000\n", "1 values more than once"),
        ("value,count,fraction\n'=1,2,0.200000\na,3,0.300000\nx\\\\y,2,0.2\n", "nothing found"),
        (identical + "\"x;=1\",1,0.100000\n", "row 5: a sign that begins a formula stands behind a separator"),
        (identical + "x;1,1,0.100000\n", "a value with a semicolon is not in quotation marks"),
        ("value,count\n", "the header is not value,count,fraction"),
        ("", "the header is not value,count,fraction"),
    ])
    func countsAreCompared(csv: String, verdict: String) async throws {
        try await Scratch.with { scratch in
            let lines = try scratch.write(Data(Self.lines.utf8), to: "lines")
            let found = try scratch.write(Data(csv.utf8), to: "csv")
            let result = try await scratch.run(
                Checkout.tool("compare-counts"), ["--bits", "64", "--threshold", "11%", lines.path, found.path])
            #expect(result.output.contains(verdict), "\(result.output)")
            #expect((result.status == 0) == verdict.hasPrefix("identical"))
        }
    }

    @Test func theOrderIsCompared() async throws {
        try await Scratch.with { scratch in
            let lines = try scratch.write(Data(Self.lines.utf8), to: "lines")
            var rows = Self.identical.split(separator: "\n").map(String.init)
            rows.swapAt(2, 3)
            let found = try scratch.write(Data(rows.joined(separator: "\n").utf8), to: "csv")
            let result = try await scratch.run(
                Checkout.tool("compare-counts"), ["--bits", "64", "--threshold", "2", lines.path, found.path])
            #expect(result.output.contains("in another order"), "\(result.output)")
        }
    }

    /// The benchmark measures every variant and operation, in both forms.
    @Test(arguments: [["--smoke"], ["--smoke", "--encoded"]]) func prio3BenchmarkRuns(flags: [String]) async throws {
        try await Scratch.with { scratch in
            let executable = Checkout.product("prio3-benchmark")
            let table = try await scratch.run(executable, flags)
            #expect(table.status == 0, "\(table.output)")
            for text in ["Prio3Count", "Prio3Sum,", "Prio3SumVec,", "Prio3Histogram,", "shard", "libprio-rs"] {
                #expect(table.stdout.contains(text), "\(table.output)")
            }

            let json = try await scratch.run(executable, flags + ["--json"])
            #expect(json.status == 0, "\(json.output)")
            let object = try JSONSerialization.jsonObject(with: Data(json.stdout.utf8)) as? [String: Any]
            let rows = try #require(object?["rows"] as? [[String: Any]])
            #expect(rows.count == 4)
            for row in rows {
                let operations = try #require(row["operations"] as? [[String: Any]])
                #expect(operations.count == 3)
                for operation in operations {
                    let blocks = try #require(operation["aes_blocks"] as? [String: Double])
                    #expect((blocks["median"] ?? 0) > 0 && (blocks["best"] ?? 0) > 0)
                }
            }

            let refused = try await scratch.run(executable, ["--fast"])
            #expect(refused.status == 64 && refused.stderr.hasPrefix("usage: prio3-benchmark"))
        }
    }

    /// The benchmark measures `shard` for any number of bits.
    @Test(arguments: [[], ["--bits", "9"]]) func shardBenchmarkRuns(flags: [String]) async throws {
        try await Scratch.with { scratch in
            let executable = Checkout.product("shard-benchmark")
            let text = try await scratch.run(executable, flags + ["--smoke"])
            #expect(text.status == 0 && text.stdout.contains("shard, encoded: median"), "\(text.output)")

            let json = try await scratch.run(executable, flags + ["--smoke", "--json"])
            #expect(json.status == 0 && json.stdout.split(separator: "\n").count == 1, "\(json.output)")
            let object = try JSONSerialization.jsonObject(with: Data(json.stdout.utf8)) as? [String: Any]
            #expect(object?["bits"] as? Int == (flags.isEmpty ? 256 : 9))
            let rows = try #require(object?["rows"] as? [[String: Any]])
            #expect(rows.compactMap { $0["name"] as? String } == ["shard", "shard, encoded"])
            for row in rows {
                let blocks = try #require(row["aes_blocks"] as? [String: Double])
                #expect((blocks["median"] ?? 0) > 0 && (blocks["best"] ?? 0) > 0)
            }

            for flags in [["--bits", "0"], ["--bits"], ["--bits", "65537"], ["--fast"]] {
                let refused = try await scratch.run(executable, flags)
                #expect(refused.status == 64 && refused.stderr.hasPrefix("usage: shard-benchmark"))
            }
        }
    }

    @Test func aChildEndsWithItsLeash() async throws {
        try await Scratch.with { scratch in
            var process: RunningProcess? = try RunningProcess(
                URL(filePath: "/bin/sleep"), ["60"], name: "sleep", in: scratch)
            let pid = try #require(process).pid
            #expect(process?.exitStatus == nil)
            process = nil
            try await wait(for: "the end of the child", within: .seconds(10)) {
                waitpid(pid, nil, WNOHANG) == pid ? () : nil
            }
        }
    }
}

extension Sequence {
    /// The transformed elements, one after the other.
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
