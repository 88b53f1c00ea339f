import Aggregator
import HTTPServing
import HTTPTypes
import PopulusDAP

/// The one table from what can go wrong to status codes and problem documents.
enum Problems {
    /// The response for a problem.
    static func response(
        _ type: ProblemType?, status: HTTPResponse.Status, detail: String, task: TaskID? = nil,
        unsupportedExtensions: [UInt16]? = nil, headers: HTTPFields = [:]
    ) -> ServerResponse {
        let document = ProblemDocument(
            type: type ?? .other("about:blank"), title: type == nil ? status.reasonPhrase : nil, status: status.code,
            detail: detail, taskID: task, unsupportedExtensions: unsupportedExtensions)
        return response(document, status: status, headers: headers)
    }

    static func response(
        _ document: ProblemDocument, status: HTTPResponse.Status, headers: HTTPFields = [:]
    ) -> ServerResponse {
        var headers = headers
        headers[.contentType] = ProblemDocument.mediaType
        headers[.cacheControl] = "no-store"
        return ServerResponse(status: status, headers: headers, body: document.encoded())
    }

    /// A token that is not known, in a process that may have missed a new one: another attempt will tell.
    static var tokensUnknown: ServerResponse {
        response(
            nil, status: .serviceUnavailable, detail: "This server has not heard for a while which tokens are valid.",
            headers: [.retryAfter: "1"])
    }

    // MARK: Refusals by the rules of HTTP and by a request's head

    static func response(for refusal: Refusal, task: TaskID?) -> ServerResponse {
        var headers: HTTPFields = [:]
        var type: ProblemType?
        let detail: String
        switch refusal {
        case .answered(let response): return response
        case .unknownPath: detail = "No resource has this path."
        case .methodNotAllowed(let allowed):
            let methods = allowed.map(\.rawValue).joined(separator: ", ")
            headers[.allow] = methods
            detail = "The resource has these methods: \(methods)."
        case .tokenMissing:
            headers[.wwwAuthenticate] = "Bearer"
            detail = "The resource needs the bearer token of the task's file in the Authorization field."
        case .tokenRefused:
            headers[.wwwAuthenticate] = "Bearer error=\"invalid_token\""
            detail = "The bearer token is not the one that the task's file has."
        case .bodyTooLarge(let limit):
            detail = limit == 0 ? "The request takes no body." : "The greatest body here has \(size(limit))."
        case .bodyEmpty:
            type = .invalidMessage
            detail = "The message is empty."
        case .bodyTruncated:
            type = .invalidMessage
            detail = "The body ended before its announced length or its last chunk."
        case .bodyTooSlow: detail = "The body came too slowly."
        case .mediaTypeUnsupported(let expected):
            headers[.accept] = expected.joined(separator: ", ")
            detail = "The media type must be \(expected.joined(separator: " or "))."
        case .contentCodingUnknown:
            headers[.acceptEncoding] = "identity"
            detail = "The body must come as it is, without Content-Encoding."
        case .transferCodingUnknown: detail = "The only transfer coding that is known is chunked, alone."
        case .framingAmbiguous:
            detail =
                "The length of the body is told twice, or in a way that HTTP/1.0 does not have: give one Content-Length, or "
                + "one Transfer-Encoding in HTTP/1.1."
        case .chunksWasteful: detail = "The chunks have more bytes of sizes, extensions and trailers than of the body."
        case .hostInvalid:
            detail = "The request needs one Host field, such as \"Host: dap.example\" or \"Host: dap.example:8080\"."
        case .versionUnknown: detail = "The versions of HTTP that are known here are 1.1 and 1.0."
        case .expectationUnknown: detail = "The only expectation that is known is 100-continue."
        case .malformedRequest: detail = "These bytes are no HTTP/1.1 request, or its method is unknown."
        case .headTooLarge(let bytes, let fields):
            detail = "The request's head is too large: there are at most \(bytes) bytes and \(fields) fields."
        case .tooManyPipelined(let limit):
            detail = "More than \(limit) requests wait on this connection: read the answers first."
        case .headTooSlow: detail = "The request's head came too slowly."
        case .overloaded:
            headers[.retryAfter] = "1"
            detail = "Too many bodies are on their way. Nothing was stored; send the request again."
        }
        return response(type, status: refusal.status, detail: detail, task: task, headers: headers)
    }

    /// An upload without one of the task's upload tokens: 401 in every case, since another token would let it in.
    ///
    /// DAP-18 has no error type for it, and its namespace takes no others (§3.6).
    ///
    /// Spec: RFC 6750 §3
    static func response(for refusal: UploadTokens.Refusal, task: TaskID) -> ServerResponse {
        let (challenge, detail) =
            switch refusal {
            case .noToken:
                (
                    "Bearer",
                    "Reports of this task are taken with one of its upload tokens only, in the Authorization field."
                )
            case .wrongToken:
                (
                    "Bearer error=\"invalid_token\"",
                    "The bearer token is none of the task's upload tokens: it was taken away, or is another task's."
                )
            }
        return response(
            nil, status: .unauthorized, detail: detail, task: task, headers: [.wwwAuthenticate: challenge])
    }

    /// A party whose certificate is expected in place of a token, and that has shown none or another one.
    static func certificateRefused(isShown: Bool, _ task: TaskID) -> ServerResponse {
        let detail =
            isShown
            ? "The client certificate is not the one that is expected here, or has expired."
            : "The resource needs the client certificate that is expected here, and none was shown."
        return response(nil, status: .forbidden, detail: detail, task: task)
    }

    /// A task that is not served here.
    static func unrecognized(_ task: TaskID?) -> ServerResponse {
        response(
            .unrecognizedTask, status: .notFound, detail: "This aggregator does not serve the task.", task: task)
    }

    /// Metrics, asked for where strangers may ask.
    ///
    /// - Parameter place: where they are instead, in words.
    static func metricsElsewhere(_ place: String) -> ServerResponse {
        response(nil, status: .notFound, detail: "Metrics are served at \(place), and nowhere else.")
    }

    /// Bytes, and MiB where it is a whole number of them.
    private static func size(_ bytes: Int) -> String {
        bytes % (1 << 20) == 0 ? "\(bytes) bytes (\(bytes >> 20) MiB)" : "\(bytes) bytes"
    }

    // MARK: Errors of the aggregator

    static func response(for error: AggregatorError, task: TaskID?) -> ServerResponse {
        switch error {
        case .problem(let type, let detail):
            return response(type, status: status(of: type), detail: detail, task: task)
        case .unsupportedExtensions(let types):
            return response(
                .unsupportedExtension, status: .badRequest, detail: "Extensions are unknown here.", task: task,
                unsupportedExtensions: types)
        case .unsupportedMediaType:
            return response(
                nil, status: .unsupportedMediaType, detail: "The job does not take this media type now.", task: task)
        case .clocksDiffer(let detail):
            return response(
                .clocksDiffer, status: .serviceUnavailable, detail: detail, task: task, headers: [.retryAfter: "5"])
        case .notFound:
            return response(nil, status: .notFound, detail: "There is no such resource.", task: task)
        case .failed(let document, let status):
            return response(document, status: HTTPResponse.Status(code: (400...599).contains(status) ? status : 500))
        case .store(.full):
            return response(
                nil, status: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
                detail: "The disk is full. Nothing was stored; try again later.",
                task: task, headers: [.retryAfter: "30"])
        case .store(.moved), .store(.putBack):
            return unserved(task)
        case .store(.uncertain):
            return response(
                nil, status: .serviceUnavailable,
                detail: "The store did not say whether it stored this; try again later.", task: task,
                headers: [.retryAfter: "5"])
        case .store:
            return response(
                nil, status: .serviceUnavailable, detail: "The store failed. Nothing was stored; try again later.",
                task: task, headers: [.retryAfter: "5"])
        case .elsewhere:
            return response(
                nil, status: .serviceUnavailable,
                detail: "Another process of this aggregator has the job, and does not answer. Try again later.",
                task: task, headers: [.retryAfter: "1"])
        case .internal:
            return response(
                nil, status: .internalServerError, detail: "The aggregator failed; its log says more.", task: task)
        }
    }

    /// A task that its operator has to look after first: no path or reason of the machine leaves it.
    static func unserved(_ task: TaskID?) -> ServerResponse {
        response(
            nil, status: .serviceUnavailable, detail: StoreFields.wordsForTheCollector, task: task,
            headers: [.retryAfter: "300"])
    }

    /// What is unknown is 404, what contradicts earlier requests is 409, the rest is 400.
    private static func status(of type: ProblemType) -> HTTPResponse.Status {
        switch type {
        case .unrecognizedTask, .unrecognizedAggregationJob: .notFound
        case .batchMismatch, .stepMismatch, .batchOverlap, .walkEnded, .lateRejectionsExceeded: .conflict
        default: .badRequest
        }
    }
}
