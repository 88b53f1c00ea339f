import PopulusDAP

/// What an operator can end: the Leader or the Helper of a task (``TaskEnd``).
package protocol TaskEnding: Sendable {
    /// Ends the task here, or brings its end further; what has ended stays so (rule 8).
    ///
    /// It is durable when this returns. What fails on the way may be asked for again.
    func end(_ kind: TaskEnd.Kind) async throws(AggregatorError) -> TaskEnd

    /// How far the task's end has come; nothing while it goes on.
    func taskEnd() async throws(AggregatorError) -> TaskEnd?
}

extension TaskEnding where Self: AggregatorPart {
    package func taskEnd() async throws(AggregatorError) -> TaskEnd? {
        try await reading("the task's end") { try $0.taskEnd() }
    }
}

extension StoreTransaction {
    /// Brings the task's end further.
    func end(_ kind: TaskEnd.Kind, at now: UInt64) throws -> TaskEnd {
        let known = try taskEnd()
        let end = known?.after(kind, at: now) ?? kind.first(at: now)
        if end != known { try setTaskEnd(end) }
        return end
    }

    /// Whether the task takes no further report.
    var isClosed: Bool { get throws { try taskEnd() != nil } }

    /// Whether the task's work is over.
    var isStopped: Bool { get throws { try taskEnd()?.stopped != nil } }
}

extension AggregatorTask {
    /// What is said of what would begin anew in a task that was ended.
    var hasEnded: AggregatorError { .ended(ofWalks: kind.isOfWalks, by: role) }
}

extension TaskEnd {
    /// That a task was ended, by whose operator: one aggregator passes on what the other says.
    package static func words(by role: Role) -> String {
        "the task was ended by the \(role == .leader ? "Leader" : "Helper")'s operator"
    }
}

extension AggregatorTask.Kind {
    fileprivate var isOfWalks: Bool { if case .walk = self { true } else { false } }
}

extension AggregatorError {
    /// A verdict that no repetition changes, as the other aggregator and the Collector have to learn: "no such task" is taken for
    /// a slip in the setup, and asked again.
    static func ended(ofWalks: Bool, by role: Role) -> AggregatorError {
        .problem(ofWalks ? .walkEnded : .batchInvalid, detail: TaskEnd.words(by: role))
    }
}
