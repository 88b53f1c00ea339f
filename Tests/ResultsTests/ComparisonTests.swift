import PopulusCollector
import PopulusDAP
import PopulusDifferentialPrivacy
import Results
import ResultsHarness
import Testing

/// A comparison names what changed, and nothing else.
@Suite struct ComparisonTests {
    private typealias Planted = SyntheticDays.Planted

    /// Fourteen days in a file, each compared with the day before: what every comparison names.
    private static func named(_ records: [WalkRecord], _ task: KeptTask) throws -> [WalkComparison] {
        let folder = try ResultsFolder()
        let store = try folder.store()
        for record in records { try store.record(record, of: task) }
        let walks = try store.walks(of: task.id)
        return try zip(walks, walks.dropFirst()).map { try WalkComparison(from: $0, to: $1) }
    }

    private static func changes(_ comparisons: [WalkComparison], _ kinds: [Change]) -> Set<Planted> {
        Set(
            comparisons.flatMap { comparison in
                comparison.changes.filter { kinds.contains($0.change) }.map {
                    Planted(
                        day: (comparison.later.asked?.start ?? 0) / Sample.day, change: $0.change,
                        value: String(decoding: $0.value, as: UTF8.self))
                }
            })
    }

    private static let certain: [Change] = [.new, .risen, .fallen, .gone]

    @Test func exactDaysNameWhatWasPlanted() throws {
        let task = try Sample.task()
        let comparisons = try Self.named(try SyntheticDays.walks(task, .none), task)
        #expect(Self.changes(comparisons, Self.certain) == Set(SyntheticDays.planted))
        #expect(Self.changes(comparisons, [.withinNoise, .cutOff]) == [])
        #expect(comparisons.allSatisfy { $0.confidence == 1 && $0.coverage == nil })
    }

    /// Where every interval is right, noise names nothing, however often it lifts a string over the cut.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func daysWithNoiseInsideTheIntervalsNameWhatWasPlanted(seed: UInt64) throws {
        let task = try Sample.task()
        let comparisons = try Self.named(try SyntheticDays.walks(task, .within, seed: seed), task)
        #expect(Self.changes(comparisons, Self.certain) == Set(SyntheticDays.planted))
        #expect(!Self.changes(comparisons, [.withinNoise]).isEmpty)
        #expect(comparisons.allSatisfy { abs($0.confidence - 0.9) < 1e-9 && $0.coverage == 0.95 })
    }

    /// With all noise what was planted is named, and besides only what lies beyond the intervals: some 6 of 1,000.
    @Test func daysWithAllNoiseNameFewBesides() throws {
        let task = try Sample.task()
        var (besides, compared) = (0, 0)
        for seed in 1...5 as ClosedRange<UInt64> {
            let comparisons = try Self.named(try SyntheticDays.walks(task, .all, seed: seed), task)
            let named = Self.changes(comparisons, Self.certain)
            #expect(named.isSuperset(of: SyntheticDays.planted))
            besides += named.count - SyntheticDays.planted.count
            for comparison in comparisons {
                compared += comparison.changes.count
                try Self.checkIntervals(comparison)
            }
        }
        #expect(compared > 2_000 && besides < compared * 15 / 1_000, "\(besides) of \(compared)")
    }

    /// By the article's own words, without the module's arithmetic.
    private static func checkIntervals(_ comparison: WalkComparison) throws {
        let half = Int64(try #require(Sample.noise).halfWidth)
        let votes = Int64(SyntheticDays.votes)
        for change in comparison.changes {
            switch (change.change, change.earlier, change.later) {
            case (.risen, let before?, let now?): #expect(now - half > before + half)
            case (.fallen, let before?, let now?): #expect(now + half < before - half)
            case (.unchanged, let before?, let now?): #expect(abs(now - before) <= 2 * half)
            case (.new, nil, let now?): #expect(now - half >= votes)
            case (.gone, let before?, nil): #expect(before - half >= votes)
            case (.withinNoise, nil, let count?), (.withinNoise, let count?, nil): #expect(count - half < votes)
            default: Issue.record("\(change)")
            }
        }
    }

    // MARK: One pair

    private static func compare(
        _ earlier: WalkRecord, _ later: WalkRecord, _ task: KeptTask
    ) throws -> WalkComparison {
        try WalkComparison(from: try KeptWalk(earlier, of: task), to: try KeptWalk(later, of: task))
    }

    private static func kinds(_ comparison: WalkComparison) -> [String: Change] {
        Dictionary(comparison.changes.map { (String(decoding: $0.value, as: UTF8.self), $0.change) }) { first, _ in
            first
        }
    }

    /// Under different thresholds both walks are read as if they had the higher one.
    @Test func theHigherThresholdCounts() throws {
        let task = try Sample.task()
        let low = Sample.walk(
            task, day: 1, [("a", 150), ("b", 120), ("c", 500), ("d", 199)].map { Sample.string($0, $1) }, votes: 100)
        let high = Sample.walk(
            task, day: 2, [("b", 250), ("c", 400), ("e", 200)].map { Sample.string($0, $1) }, votes: 200)
        let up = try Self.compare(low, high, task)
        #expect(up.threshold == 200)
        // `a` and `d` are below the higher one in both: they are not compared.
        #expect(Self.kinds(up) == ["b": .new, "c": .fallen, "e": .new])
        #expect(up.changes.first { $0.value == Array("b".utf8) }?.earlier == 120)
        let down = try Self.compare(high, low, task)
        #expect(Self.kinds(down) == ["b": .gone, "c": .risen, "e": .gone])
        // As if the lower one had been asked with the higher threshold.
        let cut = Sample.walk(task, day: 1, [Sample.string("c", 500)], votes: 200)
        #expect(Self.kinds(try Self.compare(cut, high, task)) == Self.kinds(up))
    }

    @Test func whatWasCutOffIsNotGone() throws {
        let task = try Sample.task()
        let before = Sample.walk(
            task, day: 1, ["https://long.example/a", "https://other.example/"].map { Sample.string($0, 300) })
        let after = Sample.walk(
            task, day: 2, [], unfinished: 2, beginnings: [Array("https://long.".utf8), Array("x".utf8)])
        let comparison = try Self.compare(before, after, task)
        #expect(
            Self.kinds(comparison) == ["https://long.example/a": .cutOff, "https://other.example/": .gone])
        // Where nothing is sure of what was cut off, it may have been anything.
        for beginnings in [[], [[]]] as [[[UInt8]]] {
            let unknown = Sample.walk(task, day: 2, [], unfinished: 1, beginnings: beginnings)
            #expect(Set(Self.kinds(try Self.compare(before, unknown, task)).values) == [.cutOff])
        }
        // A walk that was cut off may have had a string that is listed later.
        #expect(Self.kinds(try Self.compare(after, before, task))["https://long.example/a"] == .cutOff)
    }

    @Test func exactAgainstNoise() throws {
        let task = try Sample.task()
        let exact = Sample.walk(task, day: 1, [Sample.string("a", 1_000), Sample.string("b", 450)], votes: 400)
        let noisy = Sample.walk(
            task, day: 2, [Sample.string("a", 1_050), Sample.string("c", 450), Sample.string("d", 600)], votes: 400,
            margin: 150, noise: Sample.noise)
        let comparison = try Self.compare(exact, noisy, task)
        #expect(Self.kinds(comparison) == ["a": .unchanged, "b": .gone, "c": .withinNoise, "d": .new])
        #expect(abs(comparison.confidence - 0.95) < 1e-9)
    }

    @Test func whatIsNotCompared() throws {
        let (task, other) = (try Sample.task(), try Sample.task())
        let record = Sample.walk(task, [])
        #expect(throws: ComparisonRefusal.sameWalk) { try Self.compare(record, record, task) }
        let (hashes, others) = (try Sample.task(encoding: "hash-1"), try Sample.task(encoding: "hash-1"))
        #expect(throws: ComparisonRefusal.otherValues) {
            try WalkComparison(
                from: try KeptWalk(Sample.walk(hashes, []), of: hashes),
                to: try KeptWalk(Sample.walk(others, []), of: others))
        }
        // Tasks whose strings are the same bytes are compared.
        let comparison = try WalkComparison(
            from: try KeptWalk(record, of: task),
            to: try KeptWalk(Sample.walk(other, [Sample.string("a", 100)]), of: other))
        #expect(comparison.changes(.new).count == 1)
        // A task of shorter paths cannot list all strings of the other.
        let shorter = try Sample.task(bits: 128)
        #expect(throws: ComparisonRefusal.otherValues) {
            try WalkComparison(
                from: try KeptWalk(record, of: task), to: try KeptWalk(Sample.walk(shorter, []), of: shorter))
        }
    }

    /// Against the question that is asked of one string: beginnings that cover others, that come in any order, and none.
    @Test func manyBeginningsAreSearched() throws {
        let task = try Sample.task()
        var values: [[UInt8]] = []
        for one in 0..<6 as Range<UInt8> { for other in 0..<6 as Range<UInt8> { values.append([one, other, 0xff]) } }
        let before = Sample.walk(task, day: 1, values.map { PopularString(value: $0, count: 300) })
        for beginnings in [
            [[3, 1], [3], [0, 5, 0xff], [0, 4, 0], [5, 0], [2, 2]], [[1]], [[6], [0xff]], [[0, 0, 0xff, 1]],
        ] as [[[UInt8]]] {
            let after = Sample.walk(task, day: 2, [], unfinished: 9, beginnings: beginnings)
            let comparison = try Self.compare(before, after, task)
            let ending = WalkEnding.cutOff(unfinished: 9, beginnings: beginnings)
            for change in comparison.changes {
                let expected: Change = ending.mayHaveCutOff(change.value) ? .cutOff : .gone
                #expect(change.change == expected)
            }
        }
    }

    // MARK: History and sums

    @Test func firstAndLastSeen() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let store = try folder.store()
        for record in try SyntheticDays.walks(task, .none) { try store.record(record, of: task) }
        let history = try store.history(of: Array("https://new.example/crash".utf8), task: task.id)
        func day(_ head: WalkHead?) -> UInt64? { head?.asked.map { $0.start / Sample.day } }
        #expect(day(history.firstSeen) == 3 && day(history.lastSeen) == 9 && history.entries.count == 14)
        #expect(history.entries[0].sighting == .below(votes: 400) && history.entries[2].sighting == .listed(900))
        let unknown = try store.history(of: Array("unknown".utf8), task: task.id)
        #expect(unknown.firstSeen == nil && unknown.entries.allSatisfy { $0.sighting == .below(votes: 400) })
    }

    /// Walks come in the order of their reports, whenever they were made.
    @Test func thePastThatIsWalkedLaterIsThePast() throws {
        let (task, folder) = (try Sample.task(), try ResultsFolder())
        let store = try folder.store()
        try store.record(Sample.walk(task, day: 2, [Sample.string("a", 300)]), of: task)
        let late = Sample.walk(task, day: 1, [Sample.string("a", 200)], ended: 9 * Sample.day)
        try store.record(late, of: task)
        #expect(try store.heads(of: task.id).map(\.span?.start) == [Sample.day, 2 * Sample.day])
        let history = try store.history(of: Array("a".utf8), task: task.id)
        #expect(history.entries.map(\.sighting) == [.listed(200), .listed(300)])
        #expect(history.firstSeen?.walk == late.walk)
    }

    /// What a walk can list is asked for as the task has it.
    @Test func aStringIsLookedForAsTheTaskListsIt() throws {
        func listing(_ text: String, _ task: KeptTask) -> KeptTask.Listing { task.listing(of: Array(text.utf8)) }
        let bytes = try Sample.task(bits: 64)
        #expect(listing("a", bytes) == .value(Array("a".utf8)))
        guard case .never = listing("much too long", bytes) else {
            Issue.record("it can be listed")
            return
        }
        let hashes = try Sample.task(encoding: "hash-1", bits: 64)
        guard case .hash(let hash) = listing("much too long", hashes) else {
            Issue.record("it has no hash")
            return
        }
        #expect(hash.count == 16 && hashes.listing(of: hash) == .value(hash))
        #expect(listing(String(decoding: hash, as: UTF8.self).uppercased(), hashes) == .value(hash))
        // Another task has another hash.
        #expect(listing("much too long", try Sample.task(encoding: "hash-1", bits: 64)) != .hash(hash))
    }

    @Test func sumsAreAtLeast() throws {
        let task = try Sample.task()
        let strings = [
            ("https://User@A.example:8443/x/y/z?q", 300), ("http://a.example/x/w", 200),
            ("https://a.example:8443/x/y/", 150),
            ("https://[::1]:80/", 120), ("https://[::1]/p", 110), ("no url", 105), ("ftp://b.example", 101),
            ("://", 100),
        ].map { Sample.string($0.0, $0.1) }
        let walk = try KeptWalk(Sample.walk(task, strings), of: task)
        func rows(_ sums: URLSums) -> [String] {
            sums.rows.map { "\(String(decoding: $0.key, as: UTF8.self)) \($0.strings) \($0.counted) \($0.atLeast)" }
        }
        let hosts = URLSums(of: walk, by: .host)
        #expect(rows(hosts) == ["a.example 3 650 650", "[::1] 2 230 230", "b.example 1 101 101"])
        #expect(hosts.others?.strings == 2 && hosts.others?.counted == 205)
        let folders = URLSums(of: walk, by: .path(folders: 1))
        #expect(rows(folders).contains("https://a.example:8443/x/ 2 450 450"))
        #expect(rows(folders).contains("http://a.example/x/ 1 200 200"))
        #expect(rows(URLSums(of: walk, by: .path(folders: 9))).contains("https://a.example:8443/x/y/ 2 450 450"))
        #expect(rows(URLSums(of: walk, by: .path(folders: 0))).contains("https://a.example:8443/ 2 450 450"))
    }

    /// With noise a sum is of the lower ends.
    @Test func sumsWithNoiseAreOfTheLowerEnds() throws {
        let (task, half) = (try Sample.task(), try #require(Sample.noise).halfWidth)
        let walk = try KeptWalk(
            Sample.walk(
                task, [Sample.string("https://a/1", 500), Sample.string("https://a/2", 251)], votes: 400, margin: 150,
                noise: Sample.noise), of: task)
        let sums = URLSums(of: walk, by: .host)
        #expect(sums.rows.map(\.counted) == [751] && sums.rows.map(\.atLeast) == [751 - 2 * half])
    }
}
