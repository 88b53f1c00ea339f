import PopulusDAP

/// Why a request of a command has no answer.
package enum DAPRequestError: Error, Hashable, Sendable {
    /// Nobody answered, however often it was tried.
    case unreachable(url: String, reason: String)
    /// The server's certificate does not prove that it is the host of the URL: nothing was sent to it.
    case untrusted(url: String)
    /// The server refused the request or failed; a body that is no problem document counts as an empty one.
    case refused(ProblemDocument, status: Int)
    /// The answer is none of the protocol's.
    case malformed(String)
    /// The task was cancelled.
    case cancelled

    /// What an outcome that is no answer means to a person.
    init(_ outcome: RequestOutcome, url: String) {
        switch outcome {
        case .answered(let answer), .strange(let answer):
            self = .malformed("the answer of \(url) has the status \(answer.status)")
        case .refused(let refusal):
            self = .refused(
                refusal.document ?? ProblemDocument(type: nil, status: refusal.status), status: refusal.status)
        case .unanswered(.untrustedServer): self = .untrusted(url: url)
        case .unanswered(.noAnswer(let reason)), .unanswered(.noAddress(let reason)):
            self = .unreachable(url: url, reason: reason)
        case .unanswered(.tooLong(let limit)): self = .malformed("the answer of \(url) is longer than \(limit) bytes")
        case .unanswered(.cancelled): self = .cancelled
        }
    }
}

extension DAPRequestError {
    /// One line for people.
    package var reason: String {
        switch self {
        case .unreachable(let url, let reason): "\(url) cannot be reached (\(reason))"
        case .untrusted(let url): "the certificate of \(url) is not trusted: \(ConnectionFailure.untrusted)"
        case .refused(let problem, let status):
            "the server answered \(status)" + ((problem.detail ?? problem.title).map { ": \($0)" } ?? "")
        case .malformed(let what): what
        case .cancelled: "interrupted"
        }
    }
}
