import PopulusCollector
import PopulusDAP
import Results
import ResultsHarness
import Schedule
import Testing

/// What of a batch meets which rule.
@Suite struct RuleTests {
    @Test(
        arguments: [
            "new-over=0", "new-over=100", "rose-by=2", "rose-by=1.5", "rose-by=1.001", "failed", "uploads-below=1000",
            "uploads-below=50%",
        ])
    func aRuleIsReadAsItIsWritten(text: String) { #expect(NoticeRule(text)?.description == text) }

    @Test(
        arguments: [
            "", "new", "new-over", "new-over=", "new-over=-1", "new-over=1.5", "new-over=99999999999999999999",
            "rose-by=1",
            "rose-by=0.5", "rose-by=1.0001", "rose-by=2.", "rose-by=.5", "rose-by=x", "failed=1", "uploads-below=0",
            "uploads-below=0%", "uploads-below=101%", "uploads-below=%", "new>100", "NEW-OVER=1", "new-over=１",
        ])
    func whatIsNoRuleIsRefused(text: String) { #expect(NoticeRule(text) == nil) }

    private static func rules(_ texts: String...) -> RuleBook { RuleBook(texts.compactMap { NoticeRule($0) }) }

    private static func walk(
        _ task: KeptTask, day: UInt64, _ strings: [(String, Int64)], noise: Bool = false, votes: UInt64 = 100
    ) throws -> KeptWalk {
        try KeptWalk(
            Sample.walk(
                task, day: day, strings.map { Sample.string($0.0, $0.1) }, votes: votes, margin: noise ? 50 : 0,
                noise: noise ? Sample.noise : nil), of: task)
    }

    private static func values(_ findings: [RuleFinding]) -> [String: [String]] {
        Dictionary(
            uniqueKeysWithValues: findings.map { finding in
                ("\(finding.rule)", finding.strings.map { String(decoding: $0.value, as: UTF8.self) })
            })
    }

    @Test func newAndRisenStringsAreFound() throws {
        let task = try Sample.task()
        let before = try Self.walk(task, day: 1, [("same", 500), ("half", 300), ("twice", 200), ("less", 900)])
        let now = try Self.walk(
            task, day: 2,
            [("same", 500), ("half", 450), ("twice", 400), ("less", 300), ("new", 300), ("small", 299)])
        let book = Self.rules("new-over=299", "rose-by=2", "rose-by=1.5", "failed", "rose-by=2", "uploads-below=10")
        #expect(
            Self.values(book.findings(of: now, after: before, usual: nil))
                == ["new-over=299": ["new"], "rose-by=2": ["twice"], "rose-by=1.5": ["half", "twice"]])
        // Without a walk before nothing is new.
        #expect(book.findings(of: now, after: nil, usual: nil).isEmpty)
    }

    /// Under a higher threshold a string below it may have been there all along.
    @Test func belowTheHigherThresholdNothingIsNew() throws {
        let task = try Sample.task()
        let before = try Self.walk(task, day: 1, [("a", 900)], votes: 400)
        let now = try Self.walk(task, day: 2, [("a", 900), ("b", 300), ("c", 400)], votes: 100)
        #expect(
            Self.values(Self.rules("new-over=0").findings(of: now, after: before, usual: nil)) == ["new-over=0": ["c"]])
    }

    /// What noise alone may have done meets no rule.
    @Test func noiseMeetsNoRule() throws {
        let task = try Sample.task()
        let half = Int64(try #require(Sample.noise).halfWidth)
        let before = try Self.walk(task, day: 1, [("a", 1_000), ("b", 1_000)], noise: true)
        let now = try Self.walk(
            task, day: 2,
            [
                ("a", 2 * (1_000 + half) + half), ("b", 2 * (1_000 + half) + half - 1), ("c", 1_000 + half + 1),
                ("d", 1_000 + half),
            ], noise: true)
        let found = Self.rules("rose-by=2", "new-over=1000").findings(of: now, after: before, usual: nil)
        #expect(Self.values(found) == ["rose-by=2": ["a"], "new-over=1000": ["c"]])
    }

    @Test func uploadsBelowANumberOrTheUsual() throws {
        let task = try Sample.task()
        // It has 100,000 reports.
        let walk = try Self.walk(task, day: 1, [("a", 500)])
        let book = Self.rules("uploads-below=100000", "uploads-below=100001", "uploads-below=50%")
        func found(_ usual: UInt64?) -> [String] {
            book.findings(of: walk, after: nil, usual: usual).map { "\($0.rule)" }
        }
        #expect(found(nil) == ["uploads-below=100001"])
        #expect(found(200_000) == ["uploads-below=100001"])
        #expect(found(200_001) == ["uploads-below=100001", "uploads-below=50%"])
        #expect(book.findings(ofFewerThan: 10, usual: nil).count == 2)
        #expect(book.findings(ofFewerThan: 0, usual: 1).count == 3)
    }

    /// A string is new, and rises, in its group: what other groups have of it makes no difference.
    @Test func groupsAreComparedByThemselves() throws {
        let task = try Sample.task(encoding: "group-1+bytes")
        let before = try Self.walk(task, day: 1, [("115\ta", 500), ("116\ta", 200)])
        let now = try Self.walk(
            task, day: 2, [("115\ta", 500), ("116\ta", 400), ("117\ta", 300), ("116\tb", 250)])
        let found = Self.rules("new-over=299", "rose-by=2").findings(of: now, after: before, usual: nil)
        #expect(Self.values(found) == ["new-over=299": ["117\ta"], "rose-by=2": ["116\ta"]])
    }

    /// What a rule compares with must be kept.
    @Test(arguments: [
        ("failed", 1), ("uploads-below=9", 1), ("new-over=1", 2), ("rose-by=2", 2), ("uploads-below=50%", 4),
    ])
    func aRuleSaysHowManyWalksItCompares(text: String, count: Int) {
        #expect(NoticeRule(text)?.walksCompared == count)
    }

    @Test func whatIsUsualIsTheMedianOfTheLatest() {
        #expect(RuleBook.usual([]) == nil && RuleBook.usual([1, 2]) == nil)
        #expect(RuleBook.usual([5, 1, 9]) == 5)
        #expect(RuleBook.usual(Array(repeating: 1_000_000, count: 20) + Array(repeating: 3, count: 14)) == 3)
    }

    @Test func aFailureIsToldWhereItIsAskedFor() {
        #expect(Self.rules("failed").findingsOfAFailure.count == 1)
        #expect(Self.rules("new-over=1").findingsOfAFailure.isEmpty)
    }
}
