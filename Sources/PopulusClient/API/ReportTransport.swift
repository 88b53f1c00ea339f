/// How requests leave: over HTTP, and through whatever an app wants between itself and the servers.
public protocol ReportTransport: Sendable {
    /// Sends a request once, and returns the answer, whatever its status.
    ///
    /// It follows no redirect, checks certificates, reads at most `longestAnswer` bytes, and ends early when the calling task
    /// is cancelled.
    ///
    /// - Throws: anything, where there is no answer.
    func send(_ request: TransportRequest) async throws -> TransportAnswer
}

/// A request to a server.
public struct TransportRequest: Sendable {
    /// What HTTP calls it.
    public enum Method: String, Sendable {
        /// Asks for a server's keys.
        case get = "GET"
        /// Brings reports.
        case post = "POST"
    }

    /// GET or POST.
    public let method: Method
    /// Where to: `http` or `https`.
    public let url: String
    /// The bearer token of the Authorization field, if there is one; a secret.
    public let token: String?
    /// The media type of the body, if there is one.
    public let contentType: String?
    /// Further fields, by name: DAP-Taskprov with an upload of a task that requests bring.
    public let fields: [String: String]
    /// The reports' bytes, or none.
    public let body: [UInt8]
    /// How long it may take, in seconds.
    public let timeout: Double
    /// The most bytes of an answer that are of use.
    public let longestAnswer: Int
}

extension TransportRequest: CustomStringConvertible, CustomReflectable {
    /// Method and address.
    public var description: String { "\(method.rawValue) \(url)" }
    /// Nothing: the token is a secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A server's answer.
public struct TransportAnswer: Sendable {
    /// HTTP's status.
    public let status: Int
    /// The fields Content-Type, Cache-Control, Age and Retry-After, by name in small letters; others are of no use.
    public let fields: [String: String]
    /// The bytes.
    public let body: [UInt8]

    /// That answer.
    public init(status: Int, fields: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}
