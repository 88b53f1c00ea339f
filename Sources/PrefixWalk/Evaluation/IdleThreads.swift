/// Threads that help with an evaluation when they have nothing else to do, so that the last shards of a step keep all cores
/// busy.
package protocol IdleThreads: Sendable {
    /// Calls `body` on this thread and at the same time on threads that are idle, or become so; returns when all calls have.
    ///
    /// - Parameters:
    ///   - most: how many calls make sense at most, this thread's included.
    ///   - body: takes parts of one work until none is left, or until `goesOn` says that there is something better to do. On this
    ///     thread that never is.
    func join(most: Int, _ body: @escaping @Sendable (_ goesOn: () -> Bool) -> Void)
}

/// The calling thread alone.
package struct OneThread: IdleThreads {
    package init() {}

    package func join(most: Int, _ body: @escaping @Sendable (_ goesOn: () -> Bool) -> Void) { body { true } }
}
