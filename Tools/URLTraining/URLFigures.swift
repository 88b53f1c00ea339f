import PopulusStringCodec

/// How short the paths of some strings are, and how quickly they are written and read.
package struct URLFigures {
    /// The lengths of the code words in bits, ascending.
    private let lengths: [Int]
    private let rawBytes: Int
    /// Millions of bytes of the strings a second.
    private let encoding: Double
    private let decoding: Double

    /// - Parameter seconds: how long to measure each speed at least.
    /// - Throws: never for URLs; `StringEncodingError` for a string with more than 5,460 bytes that are all unlikely.
    package init(_ strings: [[UInt8]], seconds: Double = 1) throws {
        let code = URLEncoding()
        let greatest = 65_535
        let words = try strings.map { try code.codeWord(of: $0, bits: greatest) }
        rawBytes = strings.reduce(0) { $0 + $1.count }
        encoding = Self.speed(rawBytes, seconds: seconds) {
            for string in strings { _ = try? code.codeWord(of: string, bits: greatest) }
        }
        decoding = Self.speed(rawBytes, seconds: seconds) {
            for word in words { _ = code.read(word, bits: greatest) }
        }
        lengths = words.map(\.bitCount).sorted()
    }

    /// One figure a line, for people.
    package var lines: [String] {
        guard !lengths.isEmpty else { return ["no strings"] }
        let bits = lengths.reduce(0, +)
        return [
            "strings            \(lengths.count)",
            "median             \(percentile(50)) bits",
            "percentiles        "
                + [10, 25, 75, 90, 95, 99].map { "\($0) %: \(percentile($0))" }.joined(separator: ", ")
                + ", longest: \(percentile(100))",
            "within             "
                + [32, 64, 128, 256, 512].map { "\($0) bits: \(percent(share(within: $0)))" }.joined(separator: ", "),
            "of the raw bits    \(percent(ofRawBits)) (\(bits) of \(8 * rawBytes))",
            "encoding           \(Self.rounded(encoding, places: 1)) MB/s",
            "decoding           \(Self.rounded(decoding, places: 1)) MB/s",
        ]
    }

    /// The code words' bits as a share of the bits of the strings.
    package var ofRawBits: Double { Double(lengths.reduce(0, +)) / Double(8 * max(1, rawBytes)) }

    /// The slower one of both directions, in millions of bytes of the strings a second.
    package var slowest: Double { min(encoding, decoding) }

    /// The share of the strings whose code words have at most so many bits.
    package func share(within bits: Int) -> Double {
        Double(lengths.count { $0 <= bits }) / Double(max(1, lengths.count))
    }

    /// The length that `percent` hundredths of the code words do not exceed.
    package func percentile(_ percent: Int) -> Int {
        lengths[max(0, (lengths.count * percent + 99) / 100 - 1)]
    }

    private static func speed(_ bytes: Int, seconds: Double, _ work: () -> Void) -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        var rounds = 0
        while rounds == 0 || clock.now - start < .seconds(seconds) {
            work()
            rounds += 1
        }
        return Double(bytes) * Double(rounds) / ((clock.now - start) / .seconds(1)) / 1e6
    }

    private func percent(_ share: Double) -> String { Self.rounded(100 * share, places: 2) + " %" }

    private static func rounded(_ value: Double, places: Int) -> String {
        let unit = places == 1 ? 10 : 100
        let units = Int((value * Double(unit)).rounded())
        let fraction = "\(units % unit)"
        return "\(units / unit).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }
}
