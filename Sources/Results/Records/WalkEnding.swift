import PopulusCollector
import PopulusDAP

/// How a walk ended.
package enum WalkEnding: Hashable, Sendable {
    /// Every popular string is listed.
    case complete
    /// So many popular prefixes had strings that did not end in time; what they are sure to begin with, each once.
    case cutOff(unfinished: Int, beginnings: [[UInt8]])
    /// There is no result.
    case failed(WalkFailure)

    package var isFailure: Bool { if case .failed = self { true } else { false } }

    /// Prefixes whose strings were cut off.
    package var unfinished: Int { if case .cutOff(let unfinished, _) = self { unfinished } else { 0 } }

    /// What cut-off strings are sure to begin with.
    package var beginnings: [[UInt8]] { if case .cutOff(_, let beginnings) = self { beginnings } else { [] } }

    /// The name in files.
    package var name: String {
        switch self {
        case .complete: "complete"
        case .cutOff: "cut_off"
        case .failed: "failed"
        }
    }

    /// Whether a string that is not listed may have been cut off.
    package func mayHaveCutOff(_ value: [UInt8]) -> Bool {
        guard case .cutOff(_, let beginnings) = self else { return false }
        return beginnings.isEmpty || beginnings.contains { value.starts(with: $0) }
    }
}

/// Why a walk has no result: a kind and a party, and no words, which could quote counts.
package struct WalkFailure: Hashable, Sendable {
    package let kind: Kind
    /// Who refused, where that is known.
    package let party: Role?
    /// The problem type that it gave, a URI.
    package let problem: String?

    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case unreachable
        case untrusted
        case refused
        case malformedAnswer = "malformed_answer"
        case shareDoesNotOpen = "share_does_not_open"
        case inconsistent
        case thresholdTooLow = "threshold_too_low"
        case outOfBounds = "out_of_bounds"
        case interrupted
        case stateNotWritten = "state_not_written"
        /// The task is none that this program can walk.
        case unfitTask = "unfit_task"
        /// Somebody has ended it.
        case abandoned
    }

    package init(_ kind: Kind, party: Role? = nil, problem: String? = nil) {
        self.kind = kind
        self.party = party
        self.problem = problem
    }

    /// What an error comes to.
    ///
    /// It has a label, since both enumerations have an `interrupted`.
    package init(of error: CollectorError) {
        switch error {
        case .unreachable: self.init(.unreachable, party: .leader)
        case .untrusted: self.init(.untrusted, party: .leader)
        case .refused(let document, let status):
            self.init(.refused, party: RefusedStep(document, status: status).party, problem: document.type?.uri)
        case .malformedAnswer: self.init(.malformedAnswer, party: .leader)
        case .shareDoesNotOpen(let role): self.init(.shareDoesNotOpen, party: role)
        case .inconsistent, .sumBeyondField: self.init(.inconsistent)
        case .thresholdTooLow: self.init(.thresholdTooLow)
        case .outOfBounds: self.init(.outOfBounds)
        case .interrupted: self.init(.interrupted)
        case .stateNotWritten: self.init(.stateNotWritten)
        case .notAWalkTask, .walkExtension, .batchNoise, .isAWalkTask, .unsupportedExtensions: self.init(.unfitTask)
        }
    }
}
