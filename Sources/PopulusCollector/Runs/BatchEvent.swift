import PopulusDAP

/// What happens in a run that collects one batch.
package enum BatchEvent: RunEvent {
    /// The run begins; the first event.
    case started(BatchStart)
    case waiting(Waiting)
    /// What was waited for is there, or is no longer the reason.
    case waitIsOver(Waiting)
    /// The Leader has the question and takes its time.
    case asked
    /// There is a result; the last event.
    case finished(BatchRecord)
    /// The run cannot go on; the last event.
    case failed(CollectorError)

    var isIntervalWait: Bool {
        if case .waiting(.interval) = self { true } else { false }
    }
}

/// What a run begins with.
package struct BatchStart: Hashable, Sendable {
    package let task: TaskID
    package let query: Query
    /// Whether the collection begins too; otherwise it goes on.
    package let isNew: Bool
    /// The end of the interval that is waited for first, in seconds since the Epoch.
    package let waitsUntil: UInt64?
}
