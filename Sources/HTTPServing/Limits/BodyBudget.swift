import Synchronization

/// How many bytes of request bodies are held at once, over all connections.
///
/// Bytes are charged as they arrive, not as they are announced: an announcement costs the sender nothing.
final class BodyBudget: Sendable {
    private let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// Charges bytes, or charges nothing and returns false.
    func charge(_ count: Int) -> Bool {
        let (_, after) = used.add(count, ordering: .relaxed)
        guard after > limit else { return true }
        used.subtract(count, ordering: .relaxed)
        return false
    }

    /// Gives bytes back.
    func release(_ count: Int) {
        used.subtract(count, ordering: .relaxed)
    }

    /// The bytes held now.
    var held: Int { used.load(ordering: .relaxed) }
}
