import Synchronization

/// What one thread leaves for another.
final class Slot<Value: Sendable>: Sendable {
    private let content: Mutex<Value?>

    init(_ value: Value? = nil) { content = Mutex(value) }

    var value: Value? {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }

    /// Takes what is there; the next one finds nothing.
    func take() -> Value? {
        content.withLock { content in
            defer { content = nil }
            return content
        }
    }
}
