import PopulusCollector
import PopulusDAP
import Testing

/// Intervals that are not over.
@Suite struct IntervalTimingTests {
    private static let hour = TimePrecision(seconds: 3600)

    private func query(_ start: UInt64, _ length: UInt64) -> Query {
        .timeInterval(Interval(start: Time(units: start), duration: TimeDuration(units: length)))
    }

    @Test func anIntervalIsOverAtItsEnd() {
        #expect(IntervalTiming(.leaderSelected, precision: Self.hour, now: 0) == .over)
        #expect(IntervalTiming(query(10, 5), precision: Self.hour, now: 15 * 3600) == .over)
        #expect(
            IntervalTiming(query(10, 5), precision: Self.hour, now: 15 * 3600 - 1)
                == .open(end: 15 * 3600, cut: 14 * 3600))
    }

    /// Rounded down to the time precision, and only where something is left.
    @Test func theCutIsTheLastUnitThatIsOver() {
        let precision = Self.hour
        #expect(
            IntervalTiming(query(10, 5), precision: precision, now: 11 * 3600)
                == .open(end: 15 * 3600, cut: 11 * 3600))
        for now in [0, 5 * 3600, 10 * 3600, 11 * 3600 - 1] as [UInt64] {
            #expect(IntervalTiming(query(10, 5), precision: precision, now: now) == .open(end: 15 * 3600, cut: nil))
        }
        let far = query(10, UInt64.max - 10)
        #expect(IntervalTiming(far, precision: precision, now: 40_000) == .open(end: .max, cut: 39_600))
    }

    @Test func anotherEndKeepsTheStart() {
        #expect(query(10, 5).ending(at: 12 * 3600, precision: Self.hour) == query(10, 2))
        #expect(query(10, 5).ending(at: 10 * 3600, precision: Self.hour) == query(10, 5))
        #expect(Query.leaderSelected.ending(at: 3600, precision: Self.hour) == .leaderSelected)
    }

    /// What was cut is asked for again as it was cut, by the command that names the whole interval.
    @Test func aCutIsKept() throws {
        var options = DiscoveryOptions(threshold: "5", since: 36_000, until: 72_000)
        let configuration = try TaskConfiguration(
            taskInfo: Array("test;encoding=bytes".utf8), leaderEndpoint: Array("http://leader.example/".utf8),
            helperEndpoint: Array("http://helper.example/".utf8), timePrecision: Self.hour, minBatchSize: 5,
            batchMode: .timeInterval, vdaf: .poplar1(bits: 64), extensions: [])
        #expect(options.query(for: configuration) == query(10, 10))
        options.cutAt = 43_200
        #expect(options.query(for: configuration) == query(10, 2))

        let (whole, cut) = ([UInt8](1...9), [UInt8](1...3))
        let state = BatchState(task: .random(), request: cut, whole: whole)
        #expect(state.belongs(to: whole) && !state.belongs(to: cut))
        #expect(BatchState(task: .random(), request: cut).belongs(to: cut))
    }
}
