import Dispatch
import Synchronization

/// Where two transactions wait for each other, so that they overlap if the store lets them.
///
/// None waits for long: where writes take turns, the other one comes only when the first has ended. And none waits twice: a
/// body that runs again runs through.
final class Rendezvous: Sendable {
    /// The two of them.
    enum Side: Int, Sendable { case first, second }

    private static let patience = DispatchTimeInterval.milliseconds(15)
    private let arrivals: [[DispatchSemaphore]]
    private let passed = Mutex<Set<Int>>([])
    private let hasBegun = DispatchSemaphore(value: 0)

    /// - Parameter points: how often they wait for each other.
    init(points: Int) {
        arrivals = (0..<points).map { _ in [DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)] }
    }

    /// Says that one is here, and waits for the other one.
    func meet(_ side: Side, at point: Int) {
        guard passed.withLock({ $0.insert(2 * point + side.rawValue).inserted }) else { return }
        if point == 0 { hasBegun.signal() }
        arrivals[point][side.rawValue].signal()
        _ = arrivals[point][1 - side.rawValue].wait(timeout: .now() + Self.patience)
    }

    /// Waits until one of them has begun.
    func waitForTheFirst() async { await waitInBackground(for: hasBegun) }
}
