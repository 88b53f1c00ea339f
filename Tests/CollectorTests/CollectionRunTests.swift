import Foundation
import PopulusCollector
import PopulusDAP
import PopulusSchemes
import Testing

/// A collection as an app has it.
@Suite struct CollectionRunTests {
    private static func scene(_ mode: BatchMode = .leaderSelected) throws -> CollectionScene {
        try CollectionScene(
            BatchTask.configuration(.prio3Histogram(length: 3, chunkLength: 2), mode: mode), numbers: [2, 0, 7],
            elementSize: 16)
    }

    private static func interval(_ since: Double, _ until: Double, _ whileOpen: BatchChoice.WhileOpen = .refuse)
        -> BatchChoice
    {
        .interval(
            since: Date(timeIntervalSince1970: since), until: Date(timeIntervalSince1970: until), whileOpen: whileOpen)
    }

    @Test func aBatchIsCollectedAndLetGoOf() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        var (names, found): ([String], CollectedNumbers?) = ([], nil)
        for try await event in scene.task.collect() {
            switch event {
            case .began(let beginning):
                #expect(beginning.isNew && beginning.waitsUntil == nil)
                names.append("began")
            case .asked: names.append("asked")
            case .finished(let result):
                names.append("finished")
                found = result
                // Until the loop goes on the Leader has the job.
                #expect(scene.kept != .none && scene.leader.state.withLock { $0.deleted.isEmpty })
            case .waiting, .waitEnded: Issue.record("\(event)")
            }
        }
        let result = try #require(found)
        #expect(names == ["began", "asked", "finished"] && result.numbers.map(\.value) == [2, 0, 7])
        #expect(result.reports == 9 && result.noise == nil && result.missing.cutAt == nil)
        #expect(result.interval == Date(timeIntervalSince1970: 420)..<Date(timeIntervalSince1970: 540))
        #expect(scene.leader.state.withLock { $0.deleted.map(\.base64URL) } == [try #require(result.job)])
        #expect(scene.kept == .none)
    }

    @Test func whoLeavesAtTheResultHasItOnceMore() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        var jobs: [String?] = []
        for try await event in scene.task.collect() {
            guard case .finished(let result) = event else { continue }
            jobs.append(result.job)
            break
        }
        let again = try await scene.task.collect().result()
        #expect(jobs == [again.job] && again.numbers.map(\.value) == [2, 0, 7])
        // The next one is another.
        let next = try await scene.task.collect().result()
        #expect(next.job != again.job)
    }

    @Test func aCancelledCollectionGoesOn() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        scene.gate.state.withLock { $0.waitsAt = 0 }
        let task = scene.task
        let reading = Task { await task.collect().failure() }
        // Its question is on the disk before it is asked, and has no answer.
        for _ in 0..<3000 where scene.kept == .none { try await Task.sleep(for: .milliseconds(10)) }
        reading.cancel()
        let failure = await reading.value
        #expect(failure?.reason == .cancelled && failure?.remains == .unfinished)
        for try await event in task.collect() {
            if case .began(let beginning) = event { #expect(!beginning.isNew) }
        }
        #expect(scene.kept == .none && scene.leader.state.withLock { $0.requests.count } == 1)
    }

    @Test func intervalsThatAreNotOver() async throws {
        let scene = try Self.scene(.timeInterval)
        defer { scene.cleanUp() }
        #expect(scene.task.batchesAreIntervals && scene.task.timePrecision == 60)
        let end = 60.0 * 100_000_000
        let open = await scene.task.collect(Self.interval(600, end)).failure()
        #expect(open?.reason == .intervalOpen(until: Date(timeIntervalSince1970: end)) && open?.remains == .nothing)
        let cut = try await scene.task.collect(Self.interval(600, end, .cut)).result()
        let at = try #require(cut.missing.cutAt)
        #expect(at < Date(timeIntervalSince1970: end) && cut.interval?.upperBound == at)
        let over = try await scene.task.collect(Self.interval(600, 780)).result()
        #expect(over.missing.cutAt == nil && over.interval?.upperBound == Date(timeIntervalSince1970: 780))
        for batch in [Self.interval(600, 781), Self.interval(600.5, 780), Self.interval(780, 600), .next] {
            guard case .invalidRequest? = await scene.task.collect(batch).failure()?.reason else {
                Issue.record("\(batch) was asked for")
                continue
            }
        }
    }

    @Test func candidatesHaveTheirVotesInTheirOrder() async throws {
        let scene = try CollectionScene(
            BatchTask.configuration(.poplar1(bits: 64)), encoding: "bytes", numbers: [5, 3], elementSize: 32)
        defer { scene.cleanUp() }
        let result = try await scene.task.collect(candidates: .strings(["b", "a"])).result()
        #expect(result.numbers.map(\.value) == [3, 5])
        #expect(result.numbers.map(\.candidate) == [Array("b".utf8), Array("a".utf8)])
        for candidates: CandidateChoice? in [nil, .strings(["a", "a"]), .strings([] as [String])] {
            guard case .invalidRequest? = await scene.task.collect(candidates: candidates).failure()?.reason else {
                Issue.record("it was asked")
                continue
            }
        }
    }

    @Test func whatIsRefusedForGoodIsNotInTheWay() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        let problem = ProblemDocument(type: .invalidBatchSize, detail: "too few")
        scene.leader.state.withLock { $0.refusal = problem }
        let failure = try #require(await scene.task.collect().failure())
        guard case .refused(let refusal) = failure.reason else { throw failure }
        #expect(refusal.detail == "too few" && failure.remains == .nothing && scene.kept == .none)
        #expect(await scene.task.discover(threshold: 4).failure()?.reason == .notDiscovered)
    }

    @Test func anUnfinishedCollectionIsAbandonedForAnother() async throws {
        let scene = try Self.scene(.timeInterval)
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.patience = 1 }
        #expect(await scene.task.collect(Self.interval(600, 780)).failure()?.remains == .unfinished)
        scene.leader.state.withLock { $0.patience = .max }
        guard case .unfinished? = await scene.task.collect(Self.interval(780, 900)).failure()?.reason else {
            Issue.record("another batch was asked for")
            return
        }
        #expect(try await scene.task.abandonCollection())
        #expect(try await !scene.task.abandonCollection())
        #expect(try await scene.task.collect(Self.interval(780, 900)).result().reports == 9)
    }
}
