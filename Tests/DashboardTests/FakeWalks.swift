import Dashboard
import PopulusCollector
import PopulusDAP
import PopulusEvents
import Results
import Synchronization

/// Walks that go on until a test lets them end.
final class FakeWalks: WalkStarter {
    let task: KeptTask
    let terms: WalkTerms
    private let wishes = Mutex<[WalkWish]>([])
    private let gate = AsyncStream.makeStream(of: Void.self)

    init(_ task: KeptTask, takesIntervals: Bool = false) {
        self.task = task
        terms = WalkTerms(
            leastThreshold: 10, leastBatch: 100, promise: "Counts are exact.", takesIntervals: takesIntervals)
    }

    /// What was walked, in order.
    var walked: [WalkWish] { wishes.withLock { $0 } }

    /// Lets one walk end.
    func letGo() { gate.continuation.yield() }

    func interruptedThreshold() -> String? { nil }

    func check(_ wish: WalkWish) throws(StartRefusal) {
        guard let votes = UInt64(wish.threshold), votes >= terms.leastThreshold else {
            throw StartRefusal("the least threshold is 10")
        }
    }

    func walk(_ wish: WalkWish, telling listener: any EventListener<WalkEvent>) async throws(StartRefusal) {
        wishes.withLock { $0.append(wish) }
        listener.hear(.started(Self.start(task.id, threshold: wish.threshold)))
        for await _ in gate.stream { break }
        if Task.isCancelled { throw StartRefusal("the walk was interrupted") }
        listener.hear(.failed(.inconsistent("the candidates have 9 votes from 8 reports")))
        throw StartRefusal("the candidates have 9 votes from 8 reports")
    }

    static func start(_ task: TaskID, threshold: String = "20", waitsUntil: UInt64? = nil) -> WalkStart {
        WalkStart(
            task: task, walk: .random(), options: DiscoveryOptions(threshold: threshold), isNew: true,
            stepsAnswered: 0, bits: 32, waitsUntil: waitsUntil, leastBatch: 100, leastLateRejectionLimit: 1)
    }
}
