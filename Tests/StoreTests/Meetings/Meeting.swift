import Aggregator
import Dispatch
import Synchronization
import Testing

/// One write is held open when it has done everything but commit, and another process's write comes.
///
/// Where writes wait for one another, the outcome is that of the held one first; where they do not, the held one is undone and
/// runs again, or both go through: whatever happens, it is what one after the other would have come to.
struct Meeting: Sendable {
    let life: TaskLife
    let held: DueWrite
    let arriving: DueWrite

    /// What became of the one that came second, while the other one was held.
    enum Arrival: Sendable, Equatable, CustomStringConvertible {
        case ended
        /// For these locks, as the server names them.
        case waits([String])
        case neither

        var description: String {
            switch self {
            case .ended: "went through"
            case .waits(let locks): "waits for \(locks)"
            case .neither: "neither ended nor is seen to wait"
            }
        }
    }

    var name: String { "\(life.name): \(held.label) is held, \(arriving.label) comes" }

    private var areUploads: Bool { held.scope == .uploads && arriving.scope == .uploads }

    /// What the one that comes has to wait for where the store has locks.
    ///
    /// - Parameter said: what the held one came to.
    private func wantedWait(_ said: String) -> Arrival {
        guard areUploads else { return .waits(["advisory"]) }
        // Of the same report: which of both is the first one is open until the other has ended.
        return held.label == arriving.label && said == "stored" ? .waits(["transactionid"]) : .ended
    }

    /// Has them meet, and says what is wrong.
    ///
    /// - Parameter serial: what they come to one after the other: the held one first, and last.
    func check(on bench: Bench, serial: (heldFirst: Outcome, heldLast: Outcome)) async throws {
        let (one, other) = try await life.begin(in: bench)
        let hold = Hold()
        async let first = held.run(in: one, keptOpenBy: hold)
        await hold.waitUntilHeld()
        let end = EndNote()
        async let second = arriving.run(in: other, noting: end)
        let arrival = try await arrival(of: end, in: one, on: bench)
        hold.open()
        let (said, answered) = (await first, await second)
        let outcome = Outcome(
            held: said, arriving: answered, image: try await TaskImage(of: one))
        if bench.waitsForLocks {
            bench.expect(arrival == wantedWait(said), "\(name): it \(arrival)")
            if !areUploads { return bench.expect(outcome, is: serial.heldFirst, name) }
        } else {
            bench.expect(arrival == .ended, "\(name): it \(arrival)")
        }
        guard outcome != serial.heldFirst else { return }
        bench.expect(outcome, is: serial.heldLast, name)
    }

    private func arrival(of end: EndNote, in store: any TaskStore, on bench: Bench) async throws -> Arrival {
        for _ in 0..<3000 {
            // An upload that waits for nothing ends in a moment.
            if end.isThere { return .ended }
            let locks = try await bench.waitsForLocks ? onThread { try bench.waits(at: store) } : []
            if !locks.isEmpty { return end.isThere ? .ended : .waits(locks) }
            try await Task.sleep(for: .milliseconds(1))
        }
        return .neither
    }

    /// What they come to one after the other, in two processes as well.
    func inTurn(on bench: Bench, isHeldFirst: Bool) async throws -> Outcome {
        let (one, other) = try await life.begin(in: bench)
        var (said, answered) = ("", "")
        if isHeldFirst { said = await held.run(in: one) }
        answered = await arriving.run(in: other)
        if !isHeldFirst { said = await held.run(in: one) }
        return Outcome(held: said, arriving: answered, image: try await TaskImage(of: one))
    }

    /// What each said, and how the store looks afterwards.
    struct Outcome: Sendable, Equatable {
        let held: String
        let arriving: String
        let image: TaskImage

        func difference(from other: Outcome) -> String {
            "\(held), \(arriving) instead of \(other.held), \(other.arriving); \(image.difference(from: other.image))"
        }
    }
}

extension Bench {
    fileprivate func expect(_ found: Meeting.Outcome, is wanted: Meeting.Outcome, _ name: String) {
        if found != wanted { fail("\(name): \(found.difference(from: wanted))") }
    }
}

/// Keeps one transaction open that has done everything but commit.
final class Hold: Sendable {
    private let (arrived, opened) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    private let isFirst = Mutex(true)

    /// Waits, on the transaction's thread; not when the body runs again.
    func keep() {
        let isFirst = isFirst.withLock { isFirst in
            defer { isFirst = false }
            return isFirst
        }
        guard isFirst else { return }
        arrived.signal()
        _ = opened.wait(timeout: .now() + 20)
    }

    func waitUntilHeld() async { await waitInBackground(for: arrived) }

    func open() { opened.signal() }
}

/// That a write has ended.
final class EndNote: Sendable {
    private let state = Atomic(false)

    var isThere: Bool { state.load(ordering: .sequentiallyConsistent) }

    func set() { state.store(true, ordering: .sequentiallyConsistent) }
}
