import DAP

/// A request to a DAP server.
package struct DAPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    package let method: Method
    package let url: String
    /// The bearer token, if the resource asks for one.
    package let token: String?
    package let contentType: MediaType?
    package let body: [UInt8]
    /// Further fields, by name.
    package let fields: [String: String]

    package init(
        _ method: Method, _ url: String, token: String? = nil, contentType: MediaType? = nil, body: [UInt8] = [],
        fields: [String: String] = [:]
    ) {
        self.fields = fields
        self.method = method
        self.url = url
        self.token = token
        self.contentType = contentType
        self.body = body
    }
}

/// A server's answer that is no failure.
package struct DAPAnswer: Sendable {
    package let status: Int
    package let contentType: MediaType?
    package let location: String?
    /// Seconds to wait before asking again.
    package let retryAfter: Double?
    /// Seconds for which the answer may be used again; nil if the server says nothing of it.
    package let freshFor: Double?
    package let body: [UInt8]
    /// How long the server took, in seconds.
    package let seconds: Double
    /// How often the request was sent.
    package let attempts: Int

    package init(
        status: Int, contentType: MediaType?, location: String? = nil, retryAfter: Double? = nil,
        freshFor: Double? = nil, body: [UInt8] = [], seconds: Double = 0, attempts: Int = 1
    ) {
        self.status = status
        self.contentType = contentType
        self.location = location
        self.retryAfter = retryAfter
        self.freshFor = freshFor
        self.body = body
        self.seconds = seconds
        self.attempts = attempts
    }
}

/// Why a request has no answer.
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
}

extension TaskConfiguration {
    /// The address of a resource of the Leader, such as `tasks/{task-id}/reports`.
    package func leaderURL(_ path: String) -> String { Self.join(leaderEndpoint, path) }

    /// The address of a resource of the Helper.
    package func helperURL(_ path: String) -> String { Self.join(helperEndpoint, path) }

    private static func join(_ endpoint: [UInt8], _ path: String) -> String {
        let base = String(decoding: endpoint, as: UTF8.self)
        return base.hasSuffix("/") ? base + path : base + "/" + path
    }
}
