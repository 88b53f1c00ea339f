import Dashboard
import HTTPServing
import NIOCore
import PopulusCollector
import PopulusDAP
import PopulusEvents
import Synchronization
import Testing

/// The one stream of a walk, and who watches it.
@Suite struct LiveStreamTests {
    private let task = TaskID.random()

    private static func answer(_ step: Int) -> WalkEvent {
        .answered(
            WalkProgressReport(
                step: step,
                summary: StepSummary(
                    level: 4 * step + 3, candidates: 16, survivors: 5, reports: 1000, lateRejections: 0, seconds: 0.5),
                secondsLeft: 12, lateRejectionLimit: 3))
    }

    /// Whatever the number of viewers.
    @Test func anEventIsEncodedOnce() {
        let encoded = Mutex(0)
        let live = LiveStream { _ in
            encoded.withLock { $0 += 1 }
            return Array("data: x\n\n".utf8)
        }
        let viewers = (0..<1000).compactMap { _ in live.watch(task) }
        #expect(live.viewers(of: task) == 1000)
        let listener = live.listener(of: task)
        listener.hear(.started(FakeWalks.start(task)))
        listener.hear(.asking(step: 0, level: 3, candidates: 16, again: false))
        #expect(encoded.withLock { $0 } == 0, "a walk only notes what is new")
        live.tellChanges()
        live.tellChanges()
        #expect(encoded.withLock { $0 } == 1, "what is told is not told again")
        listener.hear(Self.answer(0))
        #expect(live.tellChanges() > .seconds(1), "many viewers are told less often")
        #expect(encoded.withLock { $0 } == 2)
        for viewer in viewers { viewer.close() }
        #expect(live.viewers(of: task) == 0, "who leaves is forgotten")
    }

    /// One who never reads is dropped, and nobody waits for it.
    @Test func aSlowViewerIsDropped() throws {
        let live = LiveStream { _ in Array("data: x\n\n".utf8) }
        let viewer = try #require(live.watch(task))
        let listener = live.listener(of: task)
        listener.hear(.started(FakeWalks.start(task)))
        for step in 0..<100 {
            listener.hear(Self.answer(step))
            live.tellChanges()
        }
        #expect(live.viewers(of: task) == 0)
        #expect(!viewer.send(ByteBuffer(string: "more")), "its stream has ended")
    }

    /// A viewer who comes late is told the state, and not how it came to be.
    @Test func aStateIsWhole() throws {
        let live = LiveStream { Array("\($0.steps.count) \($0.threshold)".utf8) }
        let listener = live.listener(of: task)
        listener.hear(.started(FakeWalks.start(task, threshold: "1%")))
        for step in 0..<3 { listener.hear(Self.answer(step)) }
        let view = try #require(live.walk(of: task)?.view)
        #expect(view.steps.count == 3 && view.steps.last?.bits == 12 && view.secondsLeft == 12)
        #expect(view.steps.map(\.survivors) == [nil, 5, 5], "at the first step whatever has a vote is among them")
        #expect(view.phase == .planning && view.threshold == "1%" && view.bits == 32)
    }

    /// Connections are left for pages.
    @Test func thereAreNotTooManyViewers() throws {
        let live = LiveStream(mostViewers: 2) { _ in [] }
        let viewers = try [TaskID.random(), task].map { try #require(live.watch($0)) }
        #expect(live.watch(task) == nil)
        viewers[0].close()
        #expect(live.watch(task) != nil)
    }

    /// Who has logged out is told nothing more.
    @Test func aSessionsEndEndsItsStreams() throws {
        let live = LiveStream { _ in Array("data: x\n\n".utf8) }
        let isLoggedIn = Mutex(true)
        let watching = live.watch(task) { isLoggedIn.withLock { $0 } }
        let viewer = try #require(watching)
        live.listener(of: task).hear(.started(FakeWalks.start(task)))
        live.tellChanges()
        #expect(live.viewers(of: task) == 1)
        isLoggedIn.withLock { $0 = false }
        live.beat()
        #expect(live.viewers(of: task) == 0 && !viewer.send(ByteBuffer(string: "x")))
    }

    @Test func tasksAreApart() {
        let live = LiveStream { _ in [] }
        live.listener(of: task).hear(.started(FakeWalks.start(task)))
        #expect(live.walk(of: task) != nil && live.walk(of: .random()) == nil)
    }

    /// An error's own words may quote a count that was pruned; they stay in the process.
    @Test(arguments: [
        CollectorError.inconsistent("the candidates have 17 votes"), .malformedAnswer("17 votes"),
        .thresholdTooLow(votes: 17, minimum: 20, reports: 17),
        .outOfBounds(candidates: 17, maximum: 17, threshold: nil),
        .unreachable(url: "https://leader.example/17", reason: "17"), .sumBeyondField(reports: 17, most: 17),
    ])
    func aFailureIsToldWithoutCounts(error: CollectorError) throws {
        let live = LiveStream { _ in [] }
        let listener = live.listener(of: task)
        listener.hear(.started(FakeWalks.start(task)))
        listener.hear(.failed(error))
        let walk = try #require(live.walk(of: task))
        guard case .failed(let words) = walk.view.phase else {
            Issue.record("\(walk.view.phase)")
            return
        }
        #expect(!words.isEmpty && !words.contains("17") && walk.isOver)
    }

    /// What changed just before is told: a viewer does not take a walk that is over for one that goes on.
    @Test func nobodyWatchesAfterTheEnd() throws {
        let encoded = Mutex(0)
        let live = LiveStream { _ in
            encoded.withLock { $0 += 1 }
            return []
        }
        let viewer = try #require(live.watch(task))
        live.listener(of: task).hear(.started(FakeWalks.start(task)))
        live.end()
        #expect(encoded.withLock { $0 } == 1)
        #expect(live.viewers(of: task) == 0 && !viewer.send(ByteBuffer(string: "x")))
        let late = try #require(live.watch(task))
        #expect(live.viewers(of: task) == 0 && !late.send(ByteBuffer(string: "x")))
    }
}
