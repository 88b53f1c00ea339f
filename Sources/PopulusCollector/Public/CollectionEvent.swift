import Foundation
import PopulusDAP

/// What happens in a collection.
@nonexhaustive
public enum CollectionEvent: Hashable, Sendable {
    /// The run begins; the first event.
    case began(CollectionBeginning)
    /// The run waits.
    case waiting(WaitReason)
    /// What was waited for is there, or is no longer the reason.
    case waitEnded(WaitReason)
    /// The Leader has the question, and takes its time.
    case asked
    /// There is a result; the last event.
    case finished(CollectedNumbers)
}

/// What a collection begins with.
public struct CollectionBeginning: Hashable, Sendable {
    /// Whether the collection begins too; otherwise it goes on.
    public let isNew: Bool
    /// The end of the interval that is waited for first.
    public let waitsUntil: Date?
}

extension CollectionEvent {
    /// Nothing for the end of a run, which is told another way.
    init?(_ event: BatchEvent) {
        switch event {
        case .started(let start):
            self = .began(
                CollectionBeginning(
                    isNew: start.isNew,
                    waitsUntil: start.waitsUntil.map { Date(timeIntervalSince1970: Double($0)) }))
        case .waiting(let what): self = .waiting(WaitReason(what))
        case .waitIsOver(let what): self = .waitEnded(WaitReason(what))
        case .asked: self = .asked
        case .finished, .failed: return nil
        }
    }
}
