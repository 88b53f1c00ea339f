import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusStringCodec
import PopulusVDAF
import ResultText
import Testing

/// A walk whose counts have noise: which thresholds are taken, what goes on and is listed, and what the record says.
@Suite struct NoisyWalkTests {
    /// Epsilon 2 with delta 1e-8 over a walk of so many steps.
    private static func noise(steps: Int) throws -> WalkGaussianNoise {
        try #require(WalkGaussianNoise(epsilon: 2, inverseDelta: 100_000_000, steps: steps))
    }

    /// A task with the margin that its noise asks for.
    private static func task(minThreshold: UInt64? = nil) throws -> DiscoveryTask {
        let noise = try noise(steps: 16)
        let margin = noise.margin(steps: 16)
        let least = margin + noise.bar(candidates: 4096)
        return try .sample(
            minThreshold: minThreshold ?? least, margin: margin, maxSteps: 16, noise: .discreteGaussian(noise))
    }

    /// A Leader over strings, and a place for the state.
    private struct Scene {
        let task: DiscoveryTask
        let leader: FakeLeader
        let statePath = FileManager.default.temporaryDirectory.path + "/noisy-\(UUID().uuidString).json"

        init(_ task: DiscoveryTask, _ counts: [String: Int], other: UInt64 = 0) throws {
            self.task = task
            let strings = counts.flatMap { Array(repeating: Array($0.key.utf8), count: $0.value) }
            leader = FakeLeader(
                try PlaintextOracle(strings: strings, other: other, bits: task.bits, encoding: task.encoding), task)
        }

        func walk(_ threshold: String) async throws(CollectorError) -> WalkRecord {
            let discovery = discovery
            return try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: threshold)))
        }

        var discovery: Discovery { Discovery(task: task, jobs: leader, statePath: statePath) { _ in } }

        var saved: DiscoveryState? {
            if case .state(let state) = DiscoveryState.load(statePath) { return state }
            return nil
        }

        func cleanUp() { try? FileManager.default.removeItem(atPath: statePath) }
    }

    // MARK: Thresholds

    @Test func aThresholdBelowTheLeastSensibleOneIsRefusedBeforeAnythingIsAsked() async throws {
        let scene = try Scene(Self.task(), ["abc": 400])
        defer { scene.cleanUp() }
        let least = scene.task.leastThreshold
        #expect(least == scene.task.walk.leastThreshold && least > 100)
        await #expect(throws: CollectorError.thresholdTooLow(votes: least - 1, minimum: least, reports: nil)) {
            try await scene.walk("\(least - 1)")
        }
        #expect(scene.leader.state.withLock { $0.requests.isEmpty } && scene.saved == nil)
        #expect(try await scene.walk("\(least)").result.strings.map(\.count) == [400])
    }

    /// What the task's clients agreed to binds also where less would be sensible.
    @Test func theTasksLeastThresholdBinds() async throws {
        let scene = try Scene(Self.task(minThreshold: 2_000), ["abc": 400])
        defer { scene.cleanUp() }
        await #expect(throws: CollectorError.thresholdTooLow(votes: 1_999, minimum: 2_000, reports: nil)) {
            try await scene.walk("1999")
        }
    }

    /// And the other way round: a task may permit less than its noise makes sensible.
    @Test func theNoiseBindsWhereTheTaskPermitsLess() async throws {
        let margin = try Self.noise(steps: 16).margin(steps: 16)
        let scene = try Scene(Self.task(minThreshold: margin + 1), ["abc": 400])
        defer { scene.cleanUp() }
        let least = scene.task.walk.leastThreshold
        await #expect(throws: CollectorError.thresholdTooLow(votes: margin + 1, minimum: least, reports: nil)) {
            try await scene.walk("\(margin + 1)")
        }
    }

    @Test func aShareIsRefusedOnceTheFirstStepHasToldWhatItComesTo() async throws {
        let scene = try Scene(Self.task(), ["abc": 400, "b": 600])
        defer { scene.cleanUp() }
        let least = scene.task.leastThreshold
        await #expect(throws: CollectorError.thresholdTooLow(votes: 10, minimum: least, reports: 1_000)) {
            try await scene.walk("1%")
        }
        var state = try #require(scene.saved)
        #expect(state.steps.count == 1 && state.votes == nil && state.asked == nil)
        try state.take(threshold: "\(least)", in: scene.task)
        #expect(try await scene.discovery.run(from: state).result.strings.map(\.count) == [600, 400])
    }

    /// Noise that takes the whole margin in every step leaves a string that has the threshold, and no other.
    @Test func whatHasTheThresholdLessTheMarginGoesOnAndIsListed() async throws {
        let task = try Self.task()
        let (least, margin) = (Int(task.leastThreshold), Int(task.walk.thresholdMargin))
        let scene = try Scene(task, ["has": least, "misses": least - 1, "more": least + 50])
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.noise = { _ in Int64(-margin) } }
        let record = try await scene.walk("\(least)")
        #expect(record.result.strings.map { String(decoding: $0.value, as: UTF8.self) } == ["more", "has"])
        #expect(record.result.strings.map(\.count) == [Int64(least + 50 - margin), Int64(least - margin)])
        #expect(record.result.votes == UInt64(least) && record.margin == UInt64(margin))
    }

    /// Exact counts could not be so: more votes than reports, and more for the extensions than for the prefix.
    @Test func noisyCountsNeedNotAddUp() async throws {
        let scene = try Scene(Self.task(), ["abc": 400])
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.noise = { $0.bitCount > 8 ? 40 : 30 } }
        #expect(try await scene.walk("\(scene.task.leastThreshold)").result.strings.map(\.count) == [440])
    }

    /// The aggregators permit as many ancestors as can have the least threshold less the margin; noise lifts more of them.
    @Test func noMorePrefixesGoOnThanTheAggregatorsPermit() throws {
        let task = try Self.task()
        let planner = WalkPlanner(bits: task.bits, encoding: task.encoding, bounds: task.bounds, bitsPerStep: .auto)
        let survivors = planner.extend([Prefix()], to: 6).enumerated().map { index, prefix in
            Survivor(prefix: prefix, votes: task.leastCount(threshold: task.leastThreshold) + Int64(index % 7))
        }
        for reports in [100, 1_000, 3_000, 1_000_000] as [UInt64] {
            let limit = task.walk.ancestorLimit(reportCount: reports)
            let permitted = planner.permitted(survivors, ofReports: reports)
            #expect(permitted.count == min(survivors.count, Int(limit)))
            let least = permitted.map(\.votes).min() ?? .max
            #expect(survivors.allSatisfy { permitted.contains($0) || $0.votes <= least })
        }
    }

    // MARK: Counts below zero

    @Test func aCountBelowZeroStaysInTheStateAndIsShownAsNone() throws {
        var state = DiscoveryState(task: .random(), options: DiscoveryOptions(threshold: "0.1%"), began: 0)
        state.survivors = [Survivor(prefix: Prefix(wholeBytes: [0x61]), votes: -7)]
        state.result = [PopularString(value: [0x61], count: -7)]
        state.other = -3
        let read = try JSONDecoder().decode(DiscoveryState.self, from: JSONEncoder().encode(state))
        #expect(read == state && read.survivors.first?.votes == -7 && read.result?.first?.count == -7)
        let text = String(decoding: CSVWriter().file(of: read.result ?? [], total: 10), as: UTF8.self)
        #expect(text == "value,count,fraction\r\na,0,0.000000\r\n")
    }

    @Test func aStepsCountsAreSigned() async throws {
        let task = try Self.task()
        let scene = try Scene(task, ["abc": 400])
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.noise = { _ in -9 } }
        _ = try await scene.walk("\(task.leastThreshold)")
        let (requests, bodies) = scene.leader.state.withLock { ($0.requests, Array($0.results.values)) }
        let request = try #require(requests.first)
        // The bodies are in no order: the one that opens is that of the first step.
        let answer = try #require(
            bodies.compactMap { try? StepAnswer(body: $0, request: request, task: task) }.first)
        #expect(answer.votes.min() == -9 && answer.votes.max() == 391)
    }

    /// A share of another sum, or one that an aggregator made up, gives numbers from all of the field.
    @Test func countsThatNoNoiseComesToAreRefused() async throws {
        let task = try Self.task()
        let reach = Int64(task.walk.noise.reach(isLeaf: false))
        #expect(reach > 1_000 && reach < 1_030)
        for noise in [-(1 << 61), -reach - 1, -reach, reach, reach + 1, 1 << 61] as [Int64] {
            let scene = try Scene(task, ["abc": 400])
            defer { scene.cleanUp() }
            scene.leader.state.withLock { state in
                state.noise = { _ in noise }
                state.patience = 1
            }
            // The Leader goes away after the first answer, where that leaves something to ask.
            _ = try? await scene.walk("\(task.leastThreshold)")
            let (requests, bodies) = scene.leader.state.withLock { ($0.requests, Array($0.results.values)) }
            let (request, body) = (try #require(requests.first), try #require(bodies.first))
            let answer = try? StepAnswer(body: body, request: request, task: task)
            #expect((answer != nil) == (noise.magnitude <= reach), "\(noise)")
        }
    }

    // MARK: State files

    /// The state of a walk that an earlier version began: this one goes on with it.
    @Test func aStateOfTheVersionBeforeIsReadAndOneBeforeThatIsNot() async throws {
        let scene = try Scene(.sample(), ["abc": 40, "abd": 30, "b": 1])
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.patience = 2 }
        await #expect(throws: CollectorError.self) { try await scene.walk("20") }
        let written = try String(contentsOfFile: scene.statePath, encoding: .utf8)
        #expect(written.contains("\"populus-discovery-3\""))
        for (format, isRead) in [("populus-discovery-2", true), ("populus-discovery-1", false)] {
            try written.replacing("populus-discovery-3", with: format)
                .write(toFile: scene.statePath, atomically: true, encoding: .utf8)
            #expect((scene.saved != nil) == isRead, "\(format)")
            #expect(isRead || DiscoveryState.load(scene.statePath) == .damaged)
        }
        try written.replacing("populus-discovery-3", with: "populus-discovery-2")
            .write(toFile: scene.statePath, atomically: true, encoding: .utf8)
        scene.leader.state.withLock { $0.patience = .max }
        let result = try await scene.discovery.run(from: try #require(scene.saved)).result
        #expect(result.strings == scene.leader.oracle.popular(20))
    }
}
