import AggregatorHost
import Synchronization
import Testing

/// What is told of work that fails and is begun anew.
@Suite struct RestartedWorkTests {
    private struct Torn: Error {}

    /// Remembers what it was told, and counts how often the work began.
    private final class Listener: Sendable {
        let news = Mutex<[RestartedWork.News]>([])
        let runs = Mutex(0)
        func hear(_ word: RestartedWork.News) { news.withLock { $0.append(word) } }
    }

    private let failed = RestartedWork.News.failed("Torn()")

    /// It fails at once each time, and then goes on for good: said once, and not at each beginning.
    @Test func workThatFailsInTurnsFails() async throws {
        let listener = Listener()
        let (told, continuation) = AsyncStream.makeStream(of: Void.self)
        let work = RestartedWork(pause: .milliseconds(50)) {
            let run = listener.runs.withLock { runs in
                runs += 1
                return runs
            }
            if run <= 4 { throw Torn() }
            try await Task.sleep(for: .seconds(600))
        } tell: { word in
            listener.hear(word)
            if word == .goesOn { continuation.yield() }
        }
        let running = Task { await work.run() }
        _ = await told.first { true }
        running.cancel()
        await running.value
        #expect(listener.news.withLock { $0 } == [failed, failed, failed, failed, .goesOn])
    }

    /// Work that has come to its end fails no more.
    @Test func workThatEndsFailsNoMore() async {
        let listener = Listener()
        let work = RestartedWork(pause: .milliseconds(1)) {
            let isFirst = listener.runs.withLock { runs in
                runs += 1
                return runs == 1
            }
            if isFirst { throw Torn() }
        } tell: {
            listener.hear($0)
        }
        await work.run()
        #expect(listener.news.withLock { $0 } == [failed, .goesOn])
    }

    /// Whoever is told to stop says nothing.
    @Test func whatIsCancelledIsNoFailure() async {
        let listener = Listener()
        let (begun, continuation) = AsyncStream.makeStream(of: Void.self)
        let work = RestartedWork(pause: .milliseconds(1)) {
            continuation.yield()
            try await Task.sleep(for: .seconds(600))
        } tell: {
            listener.hear($0)
        }
        let running = Task { await work.run() }
        _ = await begun.first { true }
        running.cancel()
        await running.value
        #expect(listener.news.withLock { $0 } == [])
    }
}
