import DAP
import HTTPTypes

/// Why the transport, or the routes before it, refused a request.
///
/// ``Problems`` has the problem document of each.
package enum Refusal: Error, Equatable, Sendable {
    /// No resource has this path.
    case unknownPath
    /// Metrics are served at the operator's own address only.
    case metricsElsewhere
    /// The resource does not have this method.
    case methodNotAllowed(allowed: [HTTPRequest.Method])
    /// The path names a task that this aggregator does not serve.
    case unrecognizedTask
    /// The path's last segment is no aggregation job's identifier.
    case unrecognizedJob
    /// The request has no bearer token, and its resource wants one.
    case tokenMissing
    /// The bearer token is another one.
    case tokenRefused
    /// The body's length was not announced.
    case lengthRequired
    /// The announced body is greater than the route's limit, in bytes.
    case bodyTooLarge(limit: Int)
    /// The route needs a body and there is none.
    case bodyEmpty
    /// The body ended before its announced length.
    case bodyTruncated
    /// The body came too slowly.
    case bodyTooSlow
    /// The body has another media type than these.
    case mediaTypeUnsupported(expected: [MediaType])
    /// The `Expect` field asks for something unknown.
    case expectationUnknown
    /// These bytes are no HTTP request.
    case malformedRequest
    /// The request head is too large.
    case headTooLarge
    /// The request head came too slowly.
    case headTooSlow
    /// Other bodies take all the memory that there is for them; try again.
    case overloaded
}

extension Refusal {
    /// The status of each refusal.
    package var status: HTTPResponse.Status {
        switch self {
        case .unknownPath, .metricsElsewhere, .unrecognizedTask, .unrecognizedJob: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .tokenMissing: .unauthorized
        case .tokenRefused: .forbidden
        case .lengthRequired: .lengthRequired
        case .bodyTooLarge: .contentTooLarge
        case .bodyEmpty, .bodyTruncated, .malformedRequest: .badRequest
        case .bodyTooSlow, .headTooSlow: .requestTimeout
        case .mediaTypeUnsupported: .unsupportedMediaType
        case .expectationUnknown: .expectationFailed
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .overloaded: .serviceUnavailable
        }
    }
}
