#if PostgreSQL
import Aggregator
import DAP
import Foundation
import PostgreSQLHarness
import Synchronization
import Testing

/// A COMMIT whose answer is lost: of every kind of write, and whatever became of it, the result is exact.
@Suite(.serialized) struct LostCommitTests {
    /// What is lost of each write's first COMMIT; a second one after it goes through.
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
        var (names, losses): (Set<String>, Int) = ([], 0)
        for scenario in WriteScenario.all {
            let lost = Mutex(Losing())
            let sides = try PostgreSQLSides { request in
                guard request.isCommit, request.isOfWrite else { return .pass }
                // What was made is not made again; what was not, is: its next COMMIT has to come through.
                return lost.withLock { $0.next(everyOne: loss == .answer) } ? loss.fate : .pass
            }
            let recorder = WriteRecorder(sides.stores)
            do { try await scenario.run(recorder) } catch { Issue.record("\(scenario.testDescription): \(error)") }
            names.formUnion(recorder.names)
            losses += lost.withLock { $0.count }
            try sides.remove()
        }
        #expect(losses > 200, "so many COMMITs were lost")
        let all = try WriteRecorder.allNames()
        #expect(all.subtracting(names) == [], "no scenario does them")
    }

    /// Which COMMITs are lost: all, or every second one.
    private struct Losing {
        private(set) var count = 0
        private var isNext = false

        mutating func next(everyOne: Bool) -> Bool {
            isNext.toggle()
            guard everyOne || isNext else { return false }
            count += 1
            return true
        }
    }

    /// The connections to both databases are cut again and again, wherever they are.
    @Test(arguments: 0..<3 as Range<UInt64>) func connectionsAreCutAtRandom(seed: UInt64) async throws {
        let generator = Mutex(SplitMix(state: seed))
        let sides = try PostgreSQLSides { _ in
            generator.withLock { generator in
                switch Int.random(in: 0..<120, using: &generator) {
                case 0: .loseRequest
                case 1: .loseAnswer
                case 2: .loseBoth
                case 3: .delay(milliseconds: 20)
                default: .pass
                }
            }
        }
        let simulation = try Simulation(try TestTask(), stores: sides.stores)
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
        let found = try await simulation.walk(
            WholeWalkTests.values, threshold: 5,
            beforeStep: { step in
                let how = stops[step % stops.count]
                // While the step is under way.
                Thread.detachNewThread {
                    Thread.sleep(forTimeInterval: 0.02)
                    do { try server.restart(how) } catch { Issue.record("\(how): \(error)") }
                }
            })
        #expect(found == RestartTests.found)
        try await simulation.stop()
        try server.end()
    }
}
#endif
