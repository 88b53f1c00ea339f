import PopulusCollector
import PopulusStringCodec
import PopulusVDAF
import Testing

/// Walks over paths of the code for URLs.
@Suite struct URLWalkTests {
    private static let steps: [BitsPerStep] = [.auto, .fixed(1), .fixed(3), .fixed(8)]

    private static func urls(seed: UInt64, count: Int) -> [[UInt8]] {
        var random = SplitMix(state: seed)
        let hosts = ["example.org", "www.debian.org", "news.example.net", "caf\u{e9}.example"]
        let pages = ["", "index.html", "news/2024/01", "a", "ab", "%D8%A7", "?id=17"]
        var known = hosts.flatMap { host in pages.map { Array("https://\(host)/\($0)".utf8) } }
        known += [[], [0], [0, 0], [0xff], Array("not a URL".utf8)]
        return (0..<count).map { _ in
            known[(0..<2).map { _ in Int.random(in: 0..<known.count, using: &random) }.min() ?? 0]
        }
    }

    @Test(arguments: steps, [1, 2] as [UInt64]) func aWalkFindsThePlaintextCounts(step: BitsPerStep, seed: UInt64)
        throws
    {
        let encoding = URLEncoding()
        for bits in [256, 261] {
            let oracle = try PlaintextOracle(
                strings: Self.urls(seed: seed, count: 1_000), bits: bits, encoding: encoding)
            let planner = WalkPlanner(
                bits: bits, encoding: encoding, bounds: WalkPlannerTests.roomy, bitsPerStep: step)
            for threshold in [5, 40] as [UInt64] {
                let walk = PlannedWalk(planner, oracle, threshold: .init(threshold))
                #expect(walk.result == oracle.popular(.init(threshold)) && !walk.result.isEmpty, "seed \(seed)")
                #expect(walk.unfinished == 0)
            }
        }
    }

    /// Strings of 50 bits take a walk about as many, whatever the task has: it goes to the leaf once all have ended.
    @Test func shortPathsTakeFewSteps() throws {
        let encoding = URLEncoding()
        let strings = [[UInt8]](repeating: Array("https://www.debian.org/".utf8), count: 10)
        let word = try encoding.codeWord(of: strings[0], bits: 256)
        let oracle = try PlaintextOracle(strings: strings, bits: 256, encoding: encoding)
        let planner = WalkPlanner(
            bits: 256, encoding: encoding, bounds: WalkPlannerTests.roomy, bitsPerStep: .fixed(4))
        let walk = PlannedWalk(planner, oracle, threshold: 10)
        #expect(walk.result.map(\.value) == [strings[0]])
        #expect(walk.questions.count == (word.bitCount + 3) / 4 + 1)
    }
}
