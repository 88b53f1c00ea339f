import PopulusDAP
import PopulusVDAF
import Testing

/// What a Collector learns whose every question the rules accept, whatever it asks.
@Suite struct LearntPrefixesTests {
    private static let bits = 12
    private static let reports: UInt64 = 45
    private static let minThreshold: UInt64 = 10

    /// The prefixes with known counts, by their length, as numbers: a tree where every node is the sum of its children.
    private struct Knowledge {
        var known: [Set<Int>] = (0...LearntPrefixesTests.bits).map { _ in [] }

        /// The number of all reports is told.
        init() { known[0] = [0] }

        mutating func learn(_ values: [Int], length: Int) { known[length].formUnion(values) }

        /// Adds what follows by sums and differences, until nothing more does.
        mutating func conclude() {
            var before = -1
            while before != known.reduce(0, { $0 + $1.count }) {
                before = known.reduce(0) { $0 + $1.count }
                for length in (1...LearntPrefixesTests.bits).reversed() {
                    for value in known[length] where known[length].contains(value ^ 1) {
                        known[length - 1].insert(value >> 1)
                    }
                }
                for length in 1...LearntPrefixesTests.bits {
                    for value in known[length] where known[length - 1].contains(value >> 1) {
                        known[length].insert(value ^ 1)
                    }
                }
            }
        }
    }

    /// A walk of random questions, of which a greedy part takes all that a bound could permit.
    private func walk(_ rules: WalkRules, _ random: inout SplitMix) throws -> (Knowledge, first: Int, refused: Int) {
        var knowledge = Knowledge()
        var steps: [Poplar1AggregationParameter] = []
        var (last, refused, first, length) = ([0], 0, 0, 0)
        for _ in 0..<60 where length < Self.bits {
            let next = Int.random(in: length + 1...min(Self.bits, length + 6), using: &random)
            let ancestors = last.shuffled(using: &random).prefix(Int.random(in: 1...7, using: &random))
            let each = [1, 1, 2, 1 << (next - length)].randomElement(using: &random) ?? 1
            let values = ancestors.flatMap { ancestor in
                (0..<1 << (next - length)).shuffled(using: &random).prefix(each).map {
                    ancestor << (next - length) + $0
                }
            }.sorted()
            let question = try DictionaryAttackTests.question(values, bits: next)
            guard DictionaryAttackTests.refusal(rules, question, after: steps, reports: Self.reports) == nil else {
                refused += 1
                continue
            }
            if steps.isEmpty { first = next }
            steps.append(question)
            knowledge.learn(values, length: next)
            (last, length) = (values, next)
        }
        knowledge.conclude()
        return (knowledge, first, refused)
    }

    /// Below the first step no level gives more counts than the followed prefixes have children in a step.
    @Test(arguments: [1, 2, 4] as [UInt8])
    func noLevelGivesMoreCountsThanTheTextPromises(maxBitsPerStep: UInt8) throws {
        let rules = try DictionaryAttackTests.rules(
            bits: Self.bits, minThreshold: Self.minThreshold, maxBitsPerStep: maxBitsPerStep)
        let promised = Int(Self.reports / Self.minThreshold) << Int(maxBitsPerStep)
        var (most, refused) = (0, 0)
        for seed in 1...2000 as ClosedRange<UInt64> {
            var random = SplitMix(state: seed)
            let (knowledge, first, refusals) = try walk(rules, &random)
            refused += refusals
            #expect(first <= 8, "seed \(seed)")
            for length in stride(from: first + 1, through: Self.bits, by: 1) {
                let count = knowledge.known[length].count
                most = max(most, count)
                #expect(count <= promised, "seed \(seed), \(length) bits")
            }
        }
        // Neither the questions nor the bound are idle.
        #expect(most == promised && refused > 1000)
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }
}
