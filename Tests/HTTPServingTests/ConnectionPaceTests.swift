import HTTPServing
import HTTPServingHarness
import NIOCore
import Testing

/// How quick a peer must be, over virtual time.
@Suite struct ConnectionPaceTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    /// Feeds a body and returns after how many seconds it is found too slow.
    private func seconds(until limit: Int, sending bytes: (_ second: Int) -> Int) -> Int? {
        let pace = ConnectionPace(limits: TransportLimits())
        pace.enter(.body(deadline: .hours(1)), at: start)
        for second in 0..<limit {
            let now = start + .seconds(Int64(second))
            guard pace.verdict(at: now) == .fine else { return second }
            let count = bytes(second)
            if count > 0 { pace.received(count, at: now) }
        }
        return nil
    }

    /// 16 connections that sent 8 MB at once and then a byte now and then held all the memory for a minute.
    @Test func earlyBytesDoNotPayForLaterSlowness() throws {
        let slow = try #require(seconds(until: 60) { $0 == 0 ? 8_000_000 : $0.isMultiple(of: 8) ? 1 : 0 })
        #expect(slow <= 15)
    }

    @Test func aSteadyRateIsFine() {
        #expect(seconds(until: 600) { _ in 1024 } == nil)
        // In pieces, as a busy network delivers them.
        #expect(seconds(until: 600) { $0.isMultiple(of: 5) ? 6000 : 0 } == nil)
        #expect(seconds(until: 600) { $0.isMultiple(of: 9) ? 20_000 : 0 } == nil)
    }

    @Test func theGraceIsForAll() {
        #expect(seconds(until: 5) { _ in 0 } == nil)
        #expect(seconds(until: 60) { $0 < 5 ? 0 : 2000 } == nil)
    }

    @Test func tooSlowFromTheBeginningOrForAWhile() throws {
        #expect(try #require(seconds(until: 60) { _ in 100 }) <= 7)
        #expect(try #require(seconds(until: 60) { $0 < 30 ? 5000 : 100 }) <= 45)
    }

    /// Nothing at all for longer than the window.
    @Test func aBodyThatRestsIsRefused() {
        let pace = ConnectionPace(limits: TransportLimits())
        pace.enter(.body(deadline: .hours(1)), at: start)
        pace.received(1 << 30, at: start)
        #expect(pace.verdict(at: start + .seconds(10)) == .fine)
        #expect(pace.verdict(at: start + .seconds(11)) == .fail(.bodyTooSlow))
        #expect(pace.verdict(at: start + .hours(24)) == .fail(.bodyTooSlow))
    }
}
