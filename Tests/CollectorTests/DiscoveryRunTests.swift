import Foundation
import PopulusCollector
import PopulusDAP
import Testing

/// A discovery as an app has it: what its sequence tells, and what it leaves behind.
@Suite struct DiscoveryRunTests {
    private static let strings = WalkPlannerTests.corpus(seed: 41, size: 300, longest: 7)

    private static func scene() throws -> DiscoveryScene { try DiscoveryScene(.sample(), strings: strings) }

    @Test func eventsComeInOrderAndTheResultIsLetGoOfAfterIt() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        var (steps, asked, hasBegun): (Int, DiscoveryQuestion?, Bool) = (0, nil, false)
        var found: DiscoveredStrings?
        for try await event in scene.task.discover(threshold: 4, bitsPerStep: 2) {
            #expect(found == nil)
            switch event {
            case .began(let beginning):
                #expect(!hasBegun && beginning.isNew && beginning.stepsAnswered == 0 && beginning.bits == 64)
                hasBegun = true
            case .stepBegan(let question):
                #expect(hasBegun && asked == nil && question.step == steps && !question.isRepeated)
                asked = question
            case .stepEnded(let progress):
                #expect(progress.step == steps && progress.bits == asked?.bits && progress.reports == 300)
                #expect(progress.candidates == asked?.candidates && (progress.survivors == nil) == (steps == 0))
                (steps, asked) = (steps + 1, nil)
            case .finished(let result):
                #expect(scene.kept != .none)
                found = result
            case .waiting, .waitEnded: Issue.record("nothing is waited for: \(event)")
            }
        }
        let result = try #require(found)
        #expect(result.strings.map(\.bytes) == scene.popular(4) && result.steps == steps && scene.kept == .none)
        #expect(result.strings.map(\.count.value) == scene.leader.oracle.popular(4).map(\.shownCount))
        #expect(result.reports == 300 && result.votes == 4 && result.listedFrom == 4 && result.missing.unfinished == 0)
        #expect(result.noise == nil && result.strings.allSatisfy { $0.count.interval == nil && $0.group == nil })
    }

    @Test func aRunIsReadOnceAndTheResultAloneCanBeHad() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        let run = scene.task.discover(threshold: 4)
        #expect(try await run.result().strings.map(\.bytes) == scene.popular(4))
        #expect(await run.failure()?.reason == .alreadyRead && scene.kept == .none)
    }

    /// With noise a count has an interval, and nothing is listed that has less than the threshold without the margin.
    @Test func noisyCountsHaveIntervals() async throws {
        let noise = try #require(WalkGaussianNoise(epsilon: 2, inverseDelta: 100_000_000, steps: 16))
        let margin = noise.margin(steps: 16)
        let least = margin + noise.bar(candidates: 4096)
        let strings = [("abc", 400), ("abd", Int(least - margin) - 1)]
            .flatMap { Array(repeating: Array($0.0.utf8), count: $0.1) }
        let scene = try DiscoveryScene(
            .sample(minThreshold: least, margin: margin, maxSteps: 16, noise: .discreteGaussian(noise)),
            strings: strings)
        defer { scene.cleanUp() }
        #expect(scene.task.leastThreshold == least)
        let result = try await scene.task.discover(threshold: .votes(least)).result()
        let half = try #require(result.noise).halfWidth
        #expect(result.strings.map(\.text) == ["abc"] && result.listedFrom == least - margin && half > 0)
        #expect(result.strings.map(\.count.interval) == [400 - min(400, half)...400 + half])
    }

    @Test func rejectedReportsComeWithTheResult() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        scene.leader.state.withLock {
            $0.rejections = [RejectedReports(party: .helper, reason: .vdafVerifyError, count: 2)]
        }
        let rejected = try #require(try await scene.task.discover(threshold: 4).result().missing.rejected)
        #expect(rejected.map(\.party) == [.helper] && rejected.map(\.count) == [2])
        #expect(rejected.map(\.reason) == ["vdaf_verify_error"])
    }

    // MARK: Interruptions

    @Test func aCancelledReaderIsToldWhenNothingIsUnderWayAndTheWalkGoesOn() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        scene.gate.state.withLock { $0.waitsAt = 2 }
        let failure = await Task { () async -> CollectorFailure? in
            do throws(CollectorFailure) {
                var events = scene.task.discover(threshold: 4, bitsPerStep: 2).makeAsyncIterator()
                while let event = try await events.next() {
                    // Its answer never comes.
                    if case .stepBegan(let question) = event, question.step == 2 {
                        withUnsafeCurrentTask { $0?.cancel() }
                    }
                }
                return nil
            } catch {
                return error
            }
        }.value
        #expect(failure?.reason == .cancelled && failure?.remains == .unfinished)
        // It is not begun anew by mistake.
        let refusal = await scene.task.discover(threshold: 4, bitsPerStep: 2).failure()
        guard case .unfinished? = refusal?.reason else { throw try #require(refusal) }
        #expect(refusal?.remains == .unfinished)

        var isFirst = true
        for try await event in scene.task.discover(threshold: 4, bitsPerStep: 2, resume: true) {
            switch event {
            case .began(let beginning): #expect(!beginning.isNew && beginning.stepsAnswered == 2)
            case .stepBegan(let question):
                #expect(question.isRepeated == isFirst && question.step >= 2)
                isFirst = false
            case .finished(let result): #expect(result.strings.map(\.bytes) == scene.popular(4))
            default: break
            }
        }
        #expect(scene.kept == .none)
    }

    /// Another batch or other steps are not gone on with; a higher threshold is, and a lower one is not.
    @Test func aWalkGoesOnWithWhatItIs() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        scene.gate.state.withLock { $0.refusal = .unreachable(url: "http://leader.example/", reason: "gone") }
        let away = await scene.task.discover(threshold: 4, bitsPerStep: 2).failure()
        #expect(away?.reason == .unreachable(url: "http://leader.example/", reason: "gone"))
        #expect(away?.remains == .unfinished)
        scene.gate.state.withLock { state in
            state.refusal = nil
            state.waitsAt = 3
        }
        // Some steps, so that the threshold is a number of votes.
        for try await event in scene.task.discover(threshold: 4, bitsPerStep: 2, resume: true) {
            if case .stepEnded(let progress) = event, progress.step == 1 { break }
        }
        for run in [
            scene.task.discover(threshold: 3, bitsPerStep: 2, resume: true),
            scene.task.discover(threshold: 4, bitsPerStep: 3, resume: true),
        ] {
            guard case .unfinished? = await run.failure()?.reason else {
                Issue.record("a walk went on as another one")
                continue
            }
        }
        let result = try await scene.task.discover(threshold: 9, bitsPerStep: 2, resume: true).result()
        #expect(result.strings.map(\.bytes) == scene.popular(9) && result.votes == 9)
    }

    @Test func whoLeavesTheLoopHasTheWalkUnfinished() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        scene.gate.state.withLock { $0.waitsAt = 1 }
        for try await event in scene.task.discover(threshold: 4) {
            if case .stepEnded = event { break }
        }
        // The run that was left ends by itself: the next one waits for it.
        var walks: [String] = []
        for try await event in scene.task.discover(threshold: 4, resume: true) {
            if case .began(let beginning) = event { #expect(!beginning.isNew) }
            guard case .finished(let result) = event else { continue }
            walks.append(result.walk)
            break
        }
        // Left at its result, it has it still: nothing is counted again.
        let asked = scene.leader.state.withLock { $0.requests.count }
        let result = try await scene.task.discover(threshold: 4, resume: true).result()
        #expect(walks == [result.walk] && result.strings.map(\.bytes) == scene.popular(4) && scene.kept == .none)
        #expect(scene.leader.state.withLock { $0.requests.count } == asked)
    }

    @Test func aSlowReaderMissesNothing() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        var events = scene.task.discover(threshold: 4, bitsPerStep: 1).makeAsyncIterator()
        guard case .began? = try await events.next() else { throw CollectorError.interrupted }
        // The run does not wait for its reader.
        var hasResult = false
        for _ in 0..<3000 where !hasResult {
            try await Task.sleep(for: .milliseconds(10))
            if case .state(let state) = scene.kept { hasResult = state.result != nil }
        }
        #expect(hasResult)
        var (steps, result): ([Int], DiscoveredStrings?) = ([], nil)
        while let event = try await events.next() {
            if case .stepEnded(let progress) = event { steps.append(progress.step) }
            if case .finished(let found) = event { result = found }
        }
        #expect(!steps.isEmpty && steps == Array(0..<(result?.steps ?? 0)))
        #expect(result?.strings.map(\.bytes) == scene.popular(4))
        #expect(try await events.next() == nil && scene.kept == .none)
    }

    @Test func twoRunsDoNotWorkOnOneState() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        var events = scene.task.discover(threshold: 4).makeAsyncIterator()
        guard case .began? = try await events.next() else { throw CollectorError.interrupted }
        // Whether or not it has its result by now: it is not settled.
        var task = scene.task
        task.lockPatience = 2
        #expect(await task.discover(threshold: 4, resume: true).failure()?.reason == .inUse)
        while try await events.next() != nil {}
        #expect(scene.kept == .none)
    }
}
