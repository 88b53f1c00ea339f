import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDifferentialPrivacy
import Testing

/// A walk that is under way takes a higher threshold, and no lower one.
@Suite struct RaisedThresholdTests {
    private static let strings = WalkPlannerTests.corpus(seed: 41, size: 300, longest: 7)

    private static func statePath() -> String {
        FileManager.default.temporaryDirectory.path + "/raised-\(UUID().uuidString).json"
    }

    private static func saved(_ path: String) throws -> DiscoveryState {
        guard case .state(let state) = DiscoveryState.load(path) else { throw CollectorError.interrupted }
        return state
    }

    /// With a margin what goes on has the threshold less the margin, so that the threshold that is named is the higher for it.
    @Test(arguments: [0, 3] as [UInt64])
    func aStepWithTooManyCandidatesWaitsAndGoesOnWithTheThresholdThatIsNamed(margin: UInt64) async throws {
        let task = try DiscoveryTask.sample(
            minThreshold: 2 + margin, margin: margin, maxCandidates: 32, noise: margin == 0 ? .none : Self.faint)
        let least = task.leastThreshold
        let leader = FakeLeader(
            try PlaintextOracle(strings: Self.strings, bits: task.bits, encoding: task.encoding), task)
        let path = Self.statePath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let discovery = Discovery(task: task, jobs: leader, statePath: path) { _ in }
        var state = discovery.newState(DiscoveryOptions(threshold: "\(least)"))
        var named: [UInt64] = []
        while true {
            guard let threshold = try await Self.thresholdNeeded(discovery, state) else { break }
            #expect(threshold > named.last ?? least)
            // The state waits on the disk; one vote less would not do, and a lower threshold is not taken.
            state = try Self.saved(path)
            #expect(state.asked == nil)
            #expect(Self.refusal(of: "1", state, task) == .lower(votes: named.last ?? least))
            var less = state
            try less.take(threshold: "\(threshold - 1)", in: task)
            #expect(try await Self.thresholdNeeded(discovery, less) == threshold)
            named.append(threshold)
            try state.take(threshold: "\(threshold)", in: task)
        }
        let last = try #require(named.last)
        let result = try await discovery.run(from: state).result
        #expect(result.votes == last && result.strings == leader.oracle.popular(last - margin))
    }

    /// So little noise that a margin of any size is enough, and one vote is above the bar.
    private static let faint: WalkNoise = {
        guard let variance = NoiseVariance(numerator: 1, denominator: 1_000_000) else { return .none }
        return WalkGaussianNoise(inner: variance, leaf: variance, inverseDelta: 100).map(WalkNoise.discreteGaussian)
            ?? .none
    }()

    /// Walks on, and gives the threshold that a step without room names; nothing if the walk comes to its end.
    private static func thresholdNeeded(_ discovery: Discovery, _ state: DiscoveryState) async throws -> UInt64? {
        do {
            _ = try await discovery.run(from: state)
            return nil
        } catch {
            guard case .outOfBounds(_, 32, let threshold) = error else { throw error }
            return threshold
        }
    }

    private static func refusal(
        of threshold: String, _ state: DiscoveryState, _ task: DiscoveryTask
    ) -> ThresholdRefusal? {
        var state = state
        do throws(ThresholdRefusal) {
            try state.take(threshold: threshold, in: task)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: 0..<6) func aHigherThresholdIsTakenAtAnyMoment(steps: Int) async throws {
        let task = try DiscoveryTask.sample()
        let leader = FakeLeader(
            try PlaintextOracle(strings: Self.strings, bits: task.bits, encoding: task.encoding), task)
        leader.state.withLock { $0.patience = steps }
        let path = Self.statePath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let discovery = Discovery(task: task, jobs: leader, statePath: path) { _ in }
        let start = discovery.newState(DiscoveryOptions(threshold: "3", bitsPerStep: "2"))
        await #expect(throws: CollectorError.self) { try await discovery.run(from: start) }
        leader.state.withLock { $0.patience = .max }
        var state = try Self.saved(path)
        #expect(state.asked != nil && state.steps.count == steps)
        if steps > 0 {
            #expect(Self.refusal(of: "2", state, task) == .lower(votes: 3))
            // 0.9 % of 300 are three votes still.
            try state.take(threshold: "0.9%", in: task)
            #expect(state.votes == 3)
        }
        try state.take(threshold: "9", in: task)
        let result = try await discovery.run(from: state).result
        #expect(result.votes == 9 && result.strings == leader.oracle.popular(9))
        #expect(Self.refusal(of: "10", try Self.saved(path), task) == .ended)
    }
}
