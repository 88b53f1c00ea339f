import Aggregator
import Foundation
import Testing

/// Every pair of writes that can meet does meet, in two processes on one store: one is held open at its end, the other comes.
///
/// In memory in both orders. In PostgreSQL all pairs with an upload in both, and the others, which want one and the same lock, in
/// one: every kind is held, and every kind comes. It is asked there who waits for whom.
@Suite struct MeetingTests {
    /// Stores that several processes may work on.
    static let kinds = StoreKind.allCases.filter { $0.takesProcesses && $0.keepsBodies }

    @Test(arguments: kinds, TaskLife.all)
    func everyPairIsAsOneAfterTheOther(on kind: StoreKind, _ life: TaskLife) async throws {
        let memory = try Bench(.keepingMemory)
        for place in life.writes.indices {
            // A few tasks in each: in a database with many each of them takes longer.
            let bench = try Bench(kind)
            do { try await Self.meet(life.writes, heldAt: place, of: life, on: bench, beside: memory) } catch {
                bench.fail("\(life.name): it threw \(error)")
            }
            await bench.end()
            for failure in bench.failures { Issue.record("\(failure.what)", sourceLocation: failure.location) }
        }
        await memory.end()
    }

    /// A store whose writes read what was there before another one; those that it breaks also when they are alone are left out.
    @Test(arguments: TaskLife.all) func staleReadsAreSeen(_ life: TaskLife) async throws {
        let (bench, memory) = (try Bench(.keepingMemory, fault: .readStale), try Bench(.keepingMemory))
        var whole: [DueWrite] = []
        for write in life.writes {
            let broken = try await Self.alone(write, of: life, on: bench)
            if try await Self.alone(write, of: life, on: memory) == broken { whole.append(write) }
        }
        for place in whole.indices where bench.failures.isEmpty {
            try await Self.meet(whole, heldAt: place, of: life, on: bench, beside: memory)
        }
        for bench in [bench, memory] { await bench.end() }
        #expect(!bench.failures.isEmpty, "of \(whole.map(\.label))")
    }

    private static func alone(_ write: DueWrite, of life: TaskLife, on bench: Bench) async throws -> [String] {
        let (one, _) = try await life.begin(in: bench)
        return [await write.run(in: one)] + (try await TaskImage(of: one)).lines
    }

    /// Has one be held, and all others come, each in a task of its own.
    ///
    /// - Parameter memory: what every store comes to one after the other is the same, so it is looked at where that takes no
    ///   time.
    private static func meet(
        _ writes: [DueWrite], heldAt place: Int, of life: TaskLife, on bench: Bench, beside memory: Bench
    ) async throws {
        for (other, arriving) in writes.enumerated() {
            let meeting = Meeting(life: life, held: writes[place], arriving: arriving)
            guard !bench.waitsForLocks || isWorthIt(meeting.held, arriving, place, other) else { continue }
            let first = try await meeting.inTurn(on: memory, isHeldFirst: true)
            let last = try await meeting.inTurn(on: memory, isHeldFirst: false)
            try await meeting.check(on: bench, serial: (first, last))
        }
    }

    /// Each pair once at least, and in both orders where it is more than two that want the same lock.
    private static func isWorthIt(_ held: DueWrite, _ arriving: DueWrite, _ place: Int, _ other: Int) -> Bool {
        let isShared = [held, arriving].contains { $0.scope == .uploads }
        return isShared || place == other || (place < other) == ((place + other) % 2 == 0)
    }

    /// Each kind finds something to do at that point of the task's life: a pair of which one does nothing shows nothing.
    @Test(arguments: TaskLife.all) func everyWriteDoesSomething(_ life: TaskLife) async throws {
        let bench = try Bench(.keepingMemory)
        for write in life.writes {
            let (one, other) = try await life.begin(in: bench)
            let before = try await TaskImage(of: one)
            // What is another process's already is taken by nobody: there the answer says so.
            let store = write.name == "take a shard" ? other : one
            let said = await write.run(in: store)
            let hasChanged = try await TaskImage(of: one) != before
            // What has no bytes any more is room for nobody who asks.
            let isExcused =
                write.name.hasPrefix("take") || said == "collected" || write.name == "return forgotten room"
            #expect(hasChanged || isExcused, "\(write.label): \(said)")
            #expect(said != "failed", "\(write.label)")
        }
        await bench.end()
    }

    /// The kinds of writes that the aggregators have are those that meet here.
    @Test func everyKindOfWriteMeetsOthers() throws {
        let known = Set(TaskLife.all.flatMap(\.writes).map(\.name))
        #expect(try Self.namesInCode() == known)
    }

    /// The names of all writes that there are in the aggregators' code.
    private static func namesInCode() throws -> Set<String> {
        let folder = URL(filePath: #filePath).appending(path: "../../../../Sources/Aggregator").standardized
        guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { return [] }
        var names: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: /writ(?:e|ing)\(\s*"([^"]+)"/) {
                names.insert(String(match.1))
            }
        }
        return names
    }
}
