import HTTPTypes

/// What a request's head says of its body.
enum AnnouncedBody: Equatable {
    /// No body follows.
    case none
    /// A body of this many bytes follows.
    case bytes(Int)
    /// A body follows in chunks, and only its end tells its length.
    case chunked

    init(_ head: HTTPRequest) {
        if head.headerFields[.transferEncoding] != nil {
            self = .chunked
        } else if let text = head.headerFields[.contentLength] {
            // The HTTP decoder has refused what is no number; one too great for Int is too great for any route.
            let length = Int(text) ?? Int.max
            self = length == 0 ? .none : .bytes(length)
        } else {
            self = .none
        }
    }

    /// The announced length, if one was announced.
    var length: Int? {
        switch self {
        case .none: 0
        case .bytes(let count): count
        case .chunked: nil
        }
    }

    /// Checks the announcement against what the route admits.
    ///
    /// What chunks come to is checked as they come.
    func check<Route>(against admission: Admission<Route>, head: HTTPRequest) -> Result<Admission<Route>, Refusal> {
        if let expectation = head.headerFields[.expect], expectation.lowercased() != "100-continue" {
            return .failure(.expectationUnknown)
        }
        switch self {
        case .none where admission.maximumBody > 0: return .failure(.bodyEmpty)
        case .none: return .success(admission)
        case .chunked where admission.maximumBody == 0: return .failure(.bodyTooLarge(limit: 0))
        case .bytes(let count) where count > admission.maximumBody:
            return .failure(.bodyTooLarge(limit: admission.maximumBody))
        case .bytes, .chunked: break
        }
        let coding = head.headerFields[.contentEncoding]?.lowercased() ?? "identity"
        guard coding == "identity" || coding.isEmpty else { return .failure(.contentCodingUnknown) }
        let type = head.headerFields[.contentType]
        guard admission.mediaTypes.contains(where: { $0.matches(type) }) else {
            return .failure(.mediaTypeUnsupported(expected: admission.mediaTypes.map(\.description)))
        }
        return .success(admission)
    }
}
