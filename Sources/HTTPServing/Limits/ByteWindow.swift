import NIOCore

/// How many bytes came within the last moments.
///
/// Time is cut into slots; the window is ten of them and what has passed of the present one.
struct ByteWindow {
    private static let slots = 10

    private let start: NIODeadline
    private let slot: TimeAmount
    /// Bytes of each slot, in a ring.
    private var counts = [Int](repeating: 0, count: slots + 1)
    /// The number of the slot that `counts` has come to.
    private var latest: Int64 = 0

    /// - Parameter length: how long bytes are remembered.
    init(from start: NIODeadline, length: TimeAmount) {
        self.start = start
        slot = .nanoseconds(max(1, length.nanoseconds / Int64(Self.slots)))
    }

    mutating func add(_ count: Int, at now: NIODeadline) {
        advance(to: now)
        counts[Int(latest) % counts.count] += count
    }

    func sum(at now: NIODeadline) -> Int {
        var window = self
        window.advance(to: now)
        return window.counts.reduce(0, +)
    }

    /// Forgets the slots that lie too far back.
    private mutating func advance(to now: NIODeadline) {
        let present = max(latest, (now - start).nanoseconds / slot.nanoseconds)
        for passed in (latest...present).dropFirst().suffix(counts.count) { counts[Int(passed) % counts.count] = 0 }
        latest = present
    }
}
