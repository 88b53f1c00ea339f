import Synchronization

/// Hears what happens in a run, such as an upload or a walk.
///
/// A run calls its listeners one after the other in the order in which they were given, and goes on when all of them have
/// heard. So what a listener writes is written before the next request leaves, every listener hears the same events in the
/// same order, and nothing waits in a queue. An async sequence alone gives none of that: it has one reader, and a run that
/// does not wait for it cannot know what it has read. ``EventStream`` makes one of a listener, for who wants no more.
package protocol EventListener<Event>: Sendable {
    associatedtype Event: Sendable

    /// Hears an event; may be called on any thread, for one event of a run after the other.
    func hear(_ event: Event)
}

/// Several listeners as one, which hears one event after the other whoever tells them.
package final class Listeners<Event: Sendable>: EventListener {
    private let all: [any EventListener<Event>]
    private let turn = Mutex(())

    package init(_ all: [any EventListener<Event>] = []) {
        self.all = all
    }

    package func hear(_ event: Event) {
        turn.withLock { _ in
            for listener in all { listener.hear(event) }
        }
    }
}

/// A listener that is a function.
package struct Hearing<Event: Sendable>: EventListener {
    private let body: @Sendable (Event) -> Void

    package init(_ body: @escaping @Sendable (Event) -> Void) {
        self.body = body
    }

    package func hear(_ event: Event) { body(event) }
}
