import HTTPServing
import HTTPTypes

/// The origins of web pages that may read the answers to uploads and to requests for keys.
///
/// It keeps nobody out: a program that is no browser sends whatever it likes. It says which pages a browser lets read.
///
/// Spec: Fetch §3.3 (the CORS protocol)
package enum AllowedOrigins: Sendable {
    /// None: every answer is as if there were no browsers.
    case none
    /// The pages of these, as browsers write them.
    case these(Set<String>)
    /// Every page, and also those that have no origin of their own.
    case every

    /// The pages of these origins; none where there is none.
    package init(_ origins: [WebOrigin]) {
        self = origins.isEmpty ? .none : .these(Set(origins.map(\.text)))
    }

    /// How long a browser may remember the answer to a preflight, in seconds: browsers that heed less take less.
    static let memory = 7200

    /// Whether answers have fields for browsers at all.
    var isActive: Bool { if case .none = self { false } else { true } }

    /// Whether a page of the request's origin may read the answer.
    func allows(_ head: HTTPRequest) -> Bool {
        switch self {
        case .none: false
        case .these(let origins): head.headerFields[.origin].map(origins.contains) ?? false
        case .every: true
        }
    }

    /// What tells a browser that it may hand a response to the page that asked.
    ///
    /// A cache keeps an answer for the origin that asked, unless all get the same one. No credentials of the browser's own
    /// (cookies, certificates) are ever asked for.
    func fields(for head: HTTPRequest) -> HTTPFields {
        var fields: HTTPFields = [:]
        if case .these = self { fields[.vary] = "Origin" }
        guard allows(head) else { return fields }
        if case .every = self {
            fields[.accessControlAllowOrigin] = "*"
        } else {
            fields[.accessControlAllowOrigin] = head.headerFields[.origin]
        }
        return fields
    }

    /// Fields of answers that a page may read beyond the usual ones, such as Content-Type.
    static let exposed: HTTPFields = [.accessControlExposeHeaders: "Age, Date, Retry-After, WWW-Authenticate"]
}
