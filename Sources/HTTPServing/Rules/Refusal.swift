import HTTPTypes

/// Why a request was refused: by the rules and limits here, or by the handler's word on its head.
///
/// The handler makes the response of each: ``RequestHandler/response(for:to:)``.
package enum Refusal: Error, Equatable, Sendable {
    /// No resource has this path.
    case unknownPath
    /// The resource does not have this method.
    case methodNotAllowed(allowed: [HTTPRequest.Method])
    /// The request has no bearer token, and its resource wants one.
    case tokenMissing
    /// The bearer token is another one.
    case tokenRefused
    /// The body is greater than the route's limit, in bytes.
    case bodyTooLarge(limit: Int)
    /// The route needs a body and there is none.
    case bodyEmpty
    /// The body ended before its announced length, or its last chunk.
    case bodyTruncated
    /// The body came too slowly.
    case bodyTooSlow
    /// The body has another media type than these.
    case mediaTypeUnsupported(expected: [String])
    /// The body has a content coding.
    case contentCodingUnknown
    /// The body has a transfer coding other than chunks.
    case transferCodingUnknown
    /// What a proxy takes for the end of the body may be another place.
    case framingAmbiguous
    /// A chunked body is mostly no body.
    case chunksWasteful
    /// There is no Host field, or more than one, or it is none.
    case hostInvalid
    /// The `Expect` field asks for something unknown.
    case expectationUnknown
    /// These bytes are no HTTP request.
    case malformedRequest
    /// The request has another version of HTTP.
    case versionUnknown
    /// The request head is greater than so many bytes or fields.
    case headTooLarge(bytes: Int, fields: Int)
    /// So many requests wait on the connection already.
    case tooManyPipelined(limit: Int)
    /// The request head came too slowly.
    case headTooSlow
    /// Other bodies take all the memory that there is for them; try again.
    case overloaded
    /// A reason of the handler's own, with its response.
    case answered(ServerResponse)
}

extension Refusal {
    /// The status of each refusal.
    package var status: HTTPResponse.Status {
        switch self {
        case .unknownPath: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .tokenMissing: .unauthorized
        case .tokenRefused: .forbidden
        case .bodyTooLarge: .contentTooLarge
        case .bodyEmpty, .bodyTruncated, .malformedRequest, .framingAmbiguous, .chunksWasteful, .hostInvalid:
            .badRequest
        case .transferCodingUnknown: .notImplemented
        case .tooManyPipelined: .tooManyRequests
        case .versionUnknown: .httpVersionNotSupported
        case .bodyTooSlow, .headTooSlow: .requestTimeout
        case .mediaTypeUnsupported, .contentCodingUnknown: .unsupportedMediaType
        case .expectationUnknown: .expectationFailed
        case .headTooLarge: .requestHeaderFieldsTooLarge
        case .overloaded: .serviceUnavailable
        case .answered(let response): response.status
        }
    }
}
