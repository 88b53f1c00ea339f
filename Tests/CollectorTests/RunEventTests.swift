import Foundation
import PopulusCollector
import PopulusEvents
import Synchronization
import Testing

/// What a run tells: to every listener the same, in order, before it goes on.
@Suite struct RunEventTests {
    private final class Notes: Sendable {
        let all = Mutex<[String]>([])

        func add(_ text: String) { all.withLock { $0.append(text) } }
    }

    @Test func eachListenerHasHeardBeforeTheRunGoesOn() {
        let notes = Notes()
        let listeners = Listeners<Int>([
            Hearing<Int> { notes.add("first \($0)") }, Hearing<Int> { notes.add("second \($0)") },
        ])
        for event in 0..<3 {
            listeners.hear(event)
            notes.add("on \(event)")
        }
        #expect(notes.all.withLock { $0 } == (0..<3).flatMap { ["first \($0)", "second \($0)", "on \($0)"] })
    }

    /// Events of several tasks do not reach a listener at the same time, and reach all of them in one order.
    @Test func eventsComeOneAfterTheOther() async {
        let notes = (one: Notes(), other: Notes())
        let inside = Notes()
        let listeners = Listeners<Int>([
            Hearing<Int> { event in
                inside.add("")
                #expect(inside.all.withLock { $0.count } == 1)
                notes.one.add("\(event)")
                inside.all.withLock { $0.removeLast() }
            }, Hearing<Int> { notes.other.add("\($0)") },
        ])
        await withTaskGroup(of: Void.self) { group in
            for event in 0..<200 { group.addTask { listeners.hear(event) } }
        }
        let order = notes.one.all.withLock { $0 }
        #expect(order.count == 200 && order == notes.other.all.withLock { $0 })
    }

    @Test func aStreamHasAllThatWasHeard() async {
        let stream = EventStream<Int>()
        for event in 0..<100 { stream.hear(event) }
        stream.finish()
        var heard: [Int] = []
        for await event in stream { heard.append(event) }
        #expect(heard == Array(0..<100))
    }

    /// The events of a walk tell all that its record tells, as it comes.
    @Test func aWalkTellsItsSteps() async throws {
        let task = try DiscoveryTask.sample()
        let leader = FakeLeader(
            try PlaintextOracle(
                strings: WalkPlannerTests.corpus(seed: 41, size: 300, longest: 7), bits: task.bits,
                encoding: task.encoding), task)
        let path = FileManager.default.temporaryDirectory.path + "/events-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let events = EventStream<WalkEvent>()
        let discovery = Discovery(task: task, jobs: leader, statePath: path, version: "1", report: events.hear)
        let record = try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "4")))
        events.finish()
        var levels: [Int] = []
        var asked: (step: Int, level: Int, candidates: Int)?
        for await event in events {
            switch event {
            case .asking(let step, let level, let candidates, let again):
                #expect(asked == nil && step == levels.count && !again)
                asked = (step, level, candidates)
            case .answered(let report):
                let question = try #require(asked)
                #expect(report.step == question.step && report.summary.level == question.level)
                #expect(report.summary.candidates == question.candidates && report.secondsLeft >= 0)
                #expect(report.lateRejectionLimit == task.walk.lateRejectionLimit(initialCount: 300))
                levels.append(report.summary.level)
                asked = nil
            default: Issue.record("\(event)")
            }
        }
        #expect(levels == record.levels && asked == nil && record.facts.version == "1")
    }
}
