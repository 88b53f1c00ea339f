import DAP
import HTTPTypes

/// What a request's head says of its body.
enum AnnouncedBody: Equatable {
    /// No body follows.
    case none
    /// A body of this many bytes follows.
    case bytes(Int)
    /// A body follows, and only its end tells its length.
    case unknown

    init(_ head: HTTPRequest) {
        if head.headerFields[.transferEncoding] != nil {
            self = .unknown
        } else if let text = head.headerFields[.contentLength] {
            // The HTTP decoder has refused what is no number; one too great for Int is too great for any route.
            let length = Int(text) ?? Int.max
            self = length == 0 ? .none : .bytes(length)
        } else {
            self = .none
        }
    }

    /// The announced length; 0 where there is none.
    var length: Int {
        if case .bytes(let count) = self { count } else { 0 }
    }

    /// Checks the announcement against what the route admits.
    func check<Route>(against admission: Admission<Route>, head: HTTPRequest) -> Result<Admission<Route>, Refusal> {
        if let expectation = head.headerFields[.expect], expectation.lowercased() != "100-continue" {
            return .failure(.expectationUnknown)
        }
        switch self {
        case .unknown: return .failure(.lengthRequired)
        case .none where admission.maximumBody > 0: return .failure(.bodyEmpty)
        case .none: return .success(admission)
        case .bytes(let count) where count > admission.maximumBody:
            return .failure(.bodyTooLarge(limit: admission.maximumBody))
        case .bytes: break
        }
        let type = head.headerFields[.contentType]
        guard admission.mediaTypes.contains(where: { $0.matches(type) }) else {
            return .failure(.mediaTypeUnsupported(expected: admission.mediaTypes))
        }
        return .success(admission)
    }
}
