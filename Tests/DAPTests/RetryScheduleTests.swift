import PopulusDAP
import Testing

@Suite struct RetryScheduleTests {
    private func pauses(_ policy: RetrySchedule.Policy, _ count: Int, asked: Duration? = nil) -> [Duration] {
        var schedule = RetrySchedule(policy)
        return (0..<count).map { _ in schedule.pause(asked: asked) }
    }

    @Test func eachPauseIsTwiceTheLastUpToTheLongest() {
        let policy = RetrySchedule.Policy(first: .seconds(1), longest: .seconds(5), longestAsked: .seconds(9))
        #expect(pauses(policy, 5) == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
        let short = RetrySchedule.Policy(first: .seconds(8), longest: .seconds(5), longestAsked: .zero)
        #expect(pauses(short, 2) == [.seconds(5), .seconds(5)])
    }

    /// A server makes a pause longer and never shorter, and not as long as it likes.
    @Test func aServerAsksForLongerPausesOnly() {
        let policy = RetrySchedule.Policy(first: .seconds(2), longest: .seconds(5), longestAsked: .seconds(9))
        #expect(pauses(policy, 3, asked: .seconds(3)) == [.seconds(3), .seconds(4), .seconds(5)])
        #expect(pauses(policy, 2, asked: .seconds(3600)) == [.seconds(9), .seconds(9)])
        var schedule = RetrySchedule(policy)
        #expect(schedule.pause(asked: .seconds(1), atLeast: .seconds(60)) == .seconds(60))
    }

    /// Chance shortens a pause of one's own, never one that a server asks for.
    @Test func chanceKeepsToItsBounds() {
        let policy = RetrySchedule.Policy(
            first: .seconds(10), longest: .seconds(10), longestAsked: .seconds(30), jitter: 0.2)
        let pauses = pauses(policy, 200)
        #expect(pauses.allSatisfy { (.seconds(8) ... .seconds(10)).contains($0) })
        #expect(Set(pauses).count > 1)
        #expect(self.pauses(policy, 50, asked: .seconds(20)).allSatisfy { $0 == .seconds(20) })
    }

    @Test func whoPollsWaitsAsLongAsIsWantedWithinReason() {
        #expect(RetrySchedule.poll(after: .seconds(-3)) == .milliseconds(20))
        #expect(RetrySchedule.poll(after: .seconds(7)) == .seconds(7))
        #expect(RetrySchedule.poll(after: .seconds(3600)) == .seconds(300))
    }
}
