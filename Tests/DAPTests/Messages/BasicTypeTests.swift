import Foundation
import PopulusDAP
import Testing

@Suite struct BasicTypeTests {
    /// The example of DAP §3.
    @Test func identifiersAreUnpaddedBase64URL() throws {
        let text = "8BY0RzZMzxvA46_8ymhzycOB9krN-QIGYvg_RsByGec"
        let id = try #require(TaskID(base64URL: text))
        #expect(
            id.bytes
                == hex(
                    "f0 16 34 47 36 4c cf 1b c0 e3 af fc ca 68 73 c9 c3 81 f6 4a cd f9 02 06 62 f8 3f 46 c0 72 19 e7"))
        #expect(id.base64URL == text)
        #expect(id.description == text)
        let job = try #require(AggregationJobID(base64URL: "lc7aUeGpdSNosNlh-UZhKA"))
        #expect(job.bytes == hex("95 ce da 51 e1 a9 75 23 68 b0 d9 61 f9 46 61 28"))
    }

    @Test(arguments: [
        "", "lc7aUeGpdSNosNlh-UZhK", "lc7aUeGpdSNosNlh-UZhKAA", "lc7aUeGpdSNosNlh-UZhKA==", "lc7aUeGpdSNosNlh+UZhKA",
        "lc7aUeGpdSNosNlh-UZhKB", "lc7aUeGpdSNosNlh-UZhK\u{E9}", " lc7aUeGpdSNosNlh-UZhKA",
    ])
    func refusesOtherTexts(_ text: String) {
        #expect(ReportID(base64URL: text) == nil)
    }

    @Test func base64URLIsReversible() {
        var generator = SeededGenerator(test: "base64URLIsReversible")
        for length in 0..<70 {
            let bytes = generator.bytes(length)
            let text = Base64URL.encode(bytes)
            #expect(text.utf8.count == (length * 4 + 2) / 3)
            #expect(Base64URL.decode(text) == bytes, "seed \(generator.seed)")
        }
        #expect(Base64URL.decode("A") == nil)
        #expect(Base64URL.decode("AB") == nil)
        #expect(Base64URL.decode("AA") == [0])
    }

    @Test func identifiersCompareLikeTheirBytes() throws {
        let low = try #require(ReportID(bytes: hex("00000000000000ff" + "ffffffffffffffff")))
        let high = try #require(ReportID(bytes: hex("0000000000000100" + "0000000000000000")))
        #expect(low < high)
        #expect(!(high < low))
        #expect(!(low < low))
        #expect(ReportID.random() != ReportID.random())
        #expect(ReportID(bytes: [1]) == nil)
    }

    @Test func identifiersAreStringsInJSON() throws {
        let data = try JSONEncoder().encode([Sample.reportID])
        #expect(String(decoding: data, as: UTF8.self) == "[\"QEFCQ0RFRkdISUpLTE1OTw\"]")
        #expect(try JSONDecoder().decode([ReportID].self, from: data) == [Sample.reportID])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([ReportID].self, from: Data("[\"A\"]".utf8)) }
    }

    /// The examples of DAP §4.1.1.1 and §5.1.3.
    @Test func timesAreCountedInUnits() {
        let ten = TimePrecision(seconds: 10)
        #expect(Time(units: 123_456_789).secondsSinceEpoch(precision: ten) == 1_234_567_890)
        #expect(TimeDuration(units: 11).seconds(precision: ten) == 110)
        #expect(Time(secondsSinceEpoch: 1_729_629_081, precision: TimePrecision(seconds: 1000)).units == 1_729_629)
        #expect(Time(units: .max).secondsSinceEpoch(precision: ten) == .max)
        #expect(Time(secondsSinceEpoch: 5, precision: TimePrecision(seconds: 0)).units == 5)
    }

    @Test func intervalsAreHalfOpen() {
        let interval = Sample.interval
        #expect(!interval.contains(Time(units: 15)))
        #expect(interval.contains(Time(units: 16)))
        #expect(interval.contains(Time(units: 18)))
        #expect(!interval.contains(Time(units: 19)))
        #expect(interval.end == Time(units: 19))
        #expect(Interval(containing: Time(units: 18), Time(units: 16)) == interval)

        let endless = Interval(start: Time(units: 1), duration: TimeDuration(units: .max))
        #expect(endless.end == nil)
        #expect(!endless.isWellFormed)
        #expect(!Interval(start: Time(units: 1), duration: TimeDuration(units: 0)).isWellFormed)
    }

    @Test func selectorsStayWithinTheQuery() {
        func interval(_ start: UInt64, _ duration: UInt64) -> Interval {
            Interval(start: Time(units: start), duration: TimeDuration(units: duration))
        }
        let query = Query.timeInterval(interval(10, 5))
        #expect(BatchSelector.timeInterval(interval(10, 5)).isConsistent(with: query))
        #expect(BatchSelector.timeInterval(interval(12, 3)).isConsistent(with: query))
        #expect(!BatchSelector.timeInterval(interval(9, 3)).isConsistent(with: query))
        #expect(!BatchSelector.timeInterval(interval(12, 4)).isConsistent(with: query))
        #expect(!BatchSelector.timeInterval(interval(12, 0)).isConsistent(with: query))
        #expect(!BatchSelector.timeInterval(interval(12, .max)).isConsistent(with: query))
        #expect(!BatchSelector.leaderSelected(Sample.batchID).isConsistent(with: query))
        #expect(BatchSelector.leaderSelected(Sample.batchID).isConsistent(with: .leaderSelected))
    }

    /// SHA-256 of 16 zero bytes is 374708ff…; twice the same report cancels out.
    @Test func checksumsAreTheXOROfHashes() throws {
        let zero = try #require(ReportID(bytes: [UInt8](repeating: 0, count: 16)))
        var checksum = BatchChecksum(of: [zero])
        #expect(hexText(checksum.bytes) == "374708fff7719dd5979ec875d56cd2286f6d3cf7ec317a3b25632aab28ec37bb")
        var other = BatchChecksum()
        other.add(Sample.reportID)
        checksum.merge(other)
        #expect(checksum == BatchChecksum(of: [Sample.reportID, zero]))
        checksum.add(zero)
        #expect(checksum == other)
        #expect(BatchChecksum(bytes: [1]) == nil)
    }

    @Test func extensionListsMustIncrease() {
        func list(_ types: UInt16...) -> [ReportExtension] {
            types.map { ReportExtension(type: $0, data: [UInt8($0 & 0xFF)]) }
        }
        #expect(list().isStrictlyIncreasing)
        #expect(list(1, 2, 0xFFFF).isStrictlyIncreasing)
        #expect(!list(2, 1).isStrictlyIncreasing)
        #expect(!list(1, 1).isStrictlyIncreasing)
        #expect(list(1, 2).data(ofType: 2) == [2])
        #expect(list(1, 2).data(ofType: 3) == nil)
        #expect(list(1, 2, 3).types(notIn: [2]) == [1, 3])
    }

    @Test func tasksTellWhatTheyNeed() throws {
        let interval = TaskExtension(type: 1, data: Sample.interval.encoded())
        let unknown = TaskExtension(type: 2, data: [])
        let task = try Sample.task(extensions: [interval, unknown])
        #expect(try task.taskInterval == Sample.interval)
        #expect(task.unsupportedExtensions(walk: .provisional) == [2])
        #expect(try task.walkExtension() == nil)
        #expect(try Sample.task().walkExtension() == Sample.bounds)
        #expect(try Sample.task().walkExtension(WalkCodePoints(task: 9)) == nil)
        #expect(try Sample.task().unsupportedExtensions(walk: WalkCodePoints(task: 9)) == [0xFD57])
    }
}
