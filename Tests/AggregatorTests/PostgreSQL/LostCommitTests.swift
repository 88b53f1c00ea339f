#if PostgreSQL
import Aggregator
import PopulusDAP
import Foundation
import PostgreSQLHarness
import Synchronization
import Testing

/// A COMMIT whose answer is lost: of every kind of write, and whatever became of it, the result is exact.
@Suite(.serialized) struct LostCommitTests {
    /// What is lost of the first COMMIT of each kind of write.
    enum Loss: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case answer = "its answer"
        case request = "the request, so that it never was"
        case both = "the connection, and nobody knows"

        var testDescription: String { rawValue }

        var fate: PostgreSQLProxy.Fate {
            switch self {
            case .answer: .loseAnswer
            case .request: .loseRequest
            case .both: .loseBoth
            }
        }
    }

    @Test(arguments: Loss.allCases) func everyKindOfWriteOutlivesIt(_ loss: Loss) async throws {
        let losses = Losses()
        let sides = try PostgreSQLSides { role, request in
            request.isCommit && request.isOfWrite && losses.take(role) ? loss.fate : .pass
        }
        for scenario in WriteScenario.all {
            let recorder = WriteRecorder(sides.stores, replicas: { try await sides.replicas })
            losses.begin(recorder)
            do { try await scenario.run(recorder) } catch { Issue.record("\(scenario.testDescription): \(error)") }
            losses.end(recorder)
        }
        let all = try WriteRecorder.allNames()
        #expect(all.subtracting(losses.survived) == [], "nothing of them was lost")
        try sides.remove()
    }

    /// Which COMMITs are lost: the first one of each kind of write in each scenario.
    ///
    /// Not all: a write that changes nothing runs again until its COMMIT is answered.
    private final class Losses: Sendable {
        private struct State {
            var recorder: WriteRecorder?
            var lost: Set<String> = []
            var survived: Set<String> = []
        }

        private let state = Mutex(State())

        /// The writes that came to their end after a loss.
        var survived: Set<String> { state.withLock { $0.survived } }

        func begin(_ recorder: WriteRecorder) { state.withLock { ($0.recorder, $0.lost) = (recorder, []) } }

        func end(_ recorder: WriteRecorder) {
            state.withLock { state in
                state.survived.formUnion(state.lost.intersection(recorder.names))
                state.recorder = nil
            }
        }

        /// Whether the COMMIT of what a role has under way is lost.
        func take(_ role: Role) -> Bool {
            guard let names = state.withLock({ $0.recorder })?.underWay(role) else { return false }
            return state.withLock { state in
                guard !state.lost.isSuperset(of: names) else { return false }
                state.lost.formUnion(names)
                return true
            }
        }
    }

    /// The connections to both databases are cut again and again, wherever they are.
    @Test(arguments: 0..<3 as Range<UInt64>) func connectionsAreCutAtRandom(seed: UInt64) async throws {
        let random = Mutex(SplitMix(state: seed))
        // A start waits for nothing: it is refused where the database cannot be reached.
        let hasStarted = Mutex(false)
        let sides = try PostgreSQLSides { _, _ in
            guard hasStarted.withLock({ $0 }) else { return .pass }
            return random.withLock { generator in
                switch Int.random(in: 0..<600, using: &generator) {
                case 0: .loseRequest
                case 1: .loseAnswer
                case 2: .loseBoth
                case 3: .delay(milliseconds: 20)
                default: .pass
                }
            }
        }
        let simulation = try Simulation(try TestTask(), stores: sides.stores)
        hasStarted.withLock { $0 = true }
        try await simulation.upload(WholeWalkTests.values)
        let found = try await simulation.walk(
            WholeWalkTests.values, threshold: 5, beforeStep: { _ in sides.cut() })
        #expect(found == RestartTests.found, "seed \(seed)")
        try await simulation.stop()
        try sides.remove()
    }

    /// The server stops and starts in the middle of a walk, in order and as after kill -9.
    @Test func theServerIsStartedAgainInAWalk() async throws {
        let server = try PostgreSQLServer()
        let sides = try PostgreSQLSides(on: server)
        let simulation = try Simulation(try TestTask(), stores: sides.stores)
        try await simulation.upload(WholeWalkTests.values)
        let stops: [PostgreSQLServer.Stop] = [.fast, .immediate, .kill]
        // One start after the other.
        let starts = OperationQueue()
        starts.maxConcurrentOperationCount = 1
        let found = try await simulation.walk(
            WholeWalkTests.values, threshold: 5,
            beforeStep: { step in
                let how = stops[step % stops.count]
                starts.addOperation {
                    // While the step is under way.
                    Thread.sleep(forTimeInterval: 0.02)
                    do { try server.restart(how) } catch { Issue.record("\(how): \(error)") }
                }
            })
        for _ in 0..<2000 where starts.operationCount > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(found == RestartTests.found)
        try await simulation.stop()
        try sides.remove()
        try server.end()
    }
}
#endif
