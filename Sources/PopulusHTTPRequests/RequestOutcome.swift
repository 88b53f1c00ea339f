import PopulusDAP

/// What came of one request, sorted the same way for everyone who sends one.
package enum RequestOutcome: Sendable {
    /// The server has done what was asked: a status of the 200s.
    case answered(DAPAnswer)
    /// A server says that it does not do what was asked: a status from 400 on.
    case refused(ServerRefusal)
    /// A status that no DAP server answers with, such as a redirect: it is not followed, since tokens and shares are for
    /// the host of the task alone.
    case strange(DAPAnswer)
    /// There is no answer.
    case unanswered(ConnectionFailure)

    package init(_ answer: DAPAnswer) {
        switch answer.status {
        case 200..<300: self = .answered(answer)
        case 400...: self = .refused(ServerRefusal(answer))
        default: self = .strange(answer)
        }
    }

    /// What is to be expected of the same request, sent again.
    package enum Prospect: Hashable, Sendable {
        /// It is answered already.
        case answered
        /// The reason may pass; after which pause the server wants to be asked again, if it says so.
        case transient(retryAfter: Duration?)
        /// The same again.
        case final
    }

    /// What is to be expected of the same request.
    ///
    /// A Leader bears more than this: what is bound to its request would be lost by giving up.
    package var prospect: Prospect {
        switch self {
        case .answered: .answered
        case .refused(let refusal): refusal.mayPass ? .transient(retryAfter: refusal.answer.retryAfter) : .final
        case .strange: .final
        case .unanswered(.noAnswer): .transient(retryAfter: nil)
        case .unanswered: .final
        }
    }
}

/// A server's word that it does not do what was asked.
package struct ServerRefusal: Sendable {
    package let answer: DAPAnswer
    /// The problem document, if the body is one, whatever its media type.
    package let document: ProblemDocument?

    package init(_ answer: DAPAnswer) {
        self.answer = answer
        document = ProblemDocument(decoding: answer.body)
    }

    package var status: Int { answer.status }

    /// The problem document, if the media type says too that it is one: what a proxy makes up seldom does.
    package var statedDocument: ProblemDocument? { answer.has(.problem) ? document : nil }

    /// Whether a server answers so that fails or is too busy, or a proxy before one that is away.
    package var isOfAFailingServer: Bool { status >= 500 || [408, 425, 429].contains(status) }

    /// Whether waiting can end it.
    ///
    /// A server that fails or is too busy names no error type of the protocol. Where one is named, the server has
    /// decided, as when a collection job has failed for good because the other aggregator could not be understood.
    package var mayPass: Bool {
        guard isOfAFailingServer else { return false }
        return switch document?.type {
        case nil, .other: true
        default: false
        }
    }
}
