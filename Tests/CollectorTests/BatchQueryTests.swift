import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import PopulusVDAF
import Testing

@Suite struct BatchQueryTests {
    private func query(_ since: UInt64?, _ until: UInt64?, _ mode: BatchMode) throws -> Query {
        try BatchQuery(since: since, until: until).query(for: BatchTask.configuration(.prio3Count, mode: mode))
    }

    @Test func anIntervalLiesOnMultiplesOfThePrecision() throws {
        #expect(
            try query(120, 300, .timeInterval)
                == .timeInterval(Interval(start: Time(units: 2), duration: TimeDuration(units: 3))))
        #expect(try query(nil, nil, .leaderSelected) == .leaderSelected)
        #expect(throws: BatchQueryError.notAMultiple(.since, before: 60, after: 120)) {
            try query(119, 300, .timeInterval)
        }
        #expect(throws: BatchQueryError.notAMultiple(.until, before: 300, after: 360)) {
            try query(120, 301, .timeInterval)
        }
        #expect(throws: BatchQueryError.notAMultiple(.until, before: .max - 15, after: nil)) {
            try query(120, .max, .timeInterval)
        }
        for (since, until) in [(120, 120), (180, 120)] as [(UInt64, UInt64)] {
            #expect(throws: BatchQueryError.empty) { try query(since, until, .timeInterval) }
        }
        for (since, until) in [(nil, nil), (60, nil), (nil, 60)] as [(UInt64?, UInt64?)] {
            #expect(throws: BatchQueryError.intervalMissing) { try query(since, until, .timeInterval) }
        }
        #expect(throws: BatchQueryError.noInterval) { try query(0, nil, .leaderSelected) }
    }

    /// Two strings of one hash are counted with it; the same string twice is a slip.
    @Test func differentStringsOfOneHashAreCountedWithIt() throws {
        func list(_ values: [String]) throws -> CandidateList {
            try CandidateList(
                lines: values.enumerated().map { ($0 + 1, Array($1.utf8)) }, kind: .strings, bits: 32,
                encoding: HashEncoding(taskID: [UInt8](0..<32)))
        }
        let (one, other) = ("https://example.org/8694", "https://example.org/91390")
        let candidates = try list([one, "alpha", other])
        #expect(candidates.values.count == 3 && candidates.inOrder([5, 9]) == [5, 9, 5])
        #expect(throws: CandidateError.repeated(line: 4, of: 1)) { try list([one, other, "alpha", one]) }
    }

    private func candidates(_ values: [String], _ kind: CandidateList.Kind) throws -> CandidateList {
        try CandidateList(
            lines: values.enumerated().map { ($0 + 1, Array($1.utf8)) }, kind: kind, bits: 32,
            encoding: BytesEncoding())
    }

    @Test func candidatesKeepTheirOrderForPeopleAndAreSortedForTheWire() throws {
        let list = try candidates(["b", "abc", "a"], .strings)
        #expect(list.level == 31 && list.inOrder([1, 2, 3]) == [3, 2, 1] && list.inOrder([1, 2]) == nil)
        try Poplar1(bits: 32).encoded().checkAggregationParameter(list.aggregationParameter)
        let beginnings = try candidates(["xy", "ab"], .beginnings)
        #expect(beginnings.level == 15 && beginnings.inOrder([1, 2]) == [2, 1])
        try Poplar1(bits: 32).encoded().checkAggregationParameter(beginnings.aggregationParameter)
    }

    @Test(arguments: [
        (["a", "b", "a"], CandidateList.Kind.strings, CandidateError.repeated(line: 3, of: 1)),
        (["ab", "a"], .beginnings, .otherLength(line: 2, than: 1)),
        (["abc", "abcd"], .strings, .unencodable(line: 2, .tooManyBytes(4, most: 3, bits: 32))),
        (["abcde"], .beginnings, .unencodable(line: 1, .tooLong(needed: 40, available: 32))),
        (["a\u{1}"], .beginnings, .unencodable(line: 1, .unencodableByte(1, index: 1))),
        ([], .strings, .empty),
    ])
    func linesThatAreNoCandidates(values: [String], kind: CandidateList.Kind, reason: CandidateError) {
        #expect(throws: reason) { try candidates(values, kind) }
    }
}
